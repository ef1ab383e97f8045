let k = 2;

assert_eq!(k, 2);
println!("{k}");
