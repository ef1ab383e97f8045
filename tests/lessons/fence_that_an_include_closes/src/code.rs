const FENCE: &str = "
```
";
assert!(FENCE.is_empty());
