//! Threads that a cell starts and lets go, and the hook that tells of their panics.

use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, Local, Pat, Stmt};

use super::depth;
use super::syntax::parsed;

/// What a cell does to threads, so that what goes wrong in them may not be seen.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Threads {
    /// The calls that start a thread whose handle nobody has, `spawn(…);`.
    pub(crate) let_go: Vec<Range<usize>>,
    /// Those of them that assert something and tell nobody that they came so far.
    pub(crate) asserting: Vec<Range<usize>>,
    /// Where the hook is taken or replaced that tells of panics.
    pub(crate) hook: Option<Range<usize>>,
}

impl Threads {
    /// What code does to threads.
    pub(crate) fn of(code: &str) -> Threads {
        let mut threads = Threads::default();
        if code.contains("spawn") || code.contains("_hook") {
            let _ = depth::read(code, |tokens| {
                let (_, statements) = tokens.ok().and_then(parsed).unwrap_or_default();
                statements.iter().for_each(|statement| threads.visit_stmt(statement));
            });
        }
        threads
    }

    fn lets_go(&mut self, started: &Expr) {
        let span = started.span().byte_range();
        let mut work = Work::default();
        work.visit_expr(started);
        if work.asserts && !work.sends {
            self.asserting.push(span.clone());
        }
        self.let_go.push(span);
    }
}

/// The threads of a scope are joined by it.
impl<'ast> Visit<'ast> for Threads {
    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        let started = match statement {
            Stmt::Expr(expression, Some(_)) => Some(expression),
            Stmt::Local(Local { pat, init: Some(init), .. }) if is_unused(pat) => Some(&*init.expr),
            _ => None,
        };
        if let Some(started) = started.filter(|it| is_spawn(it)) {
            self.lets_go(started);
        }
        visit::visit_stmt(self, statement);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let last = path
            .segments
            .last()
            .filter(|last| ["set_hook", "take_hook", "update_hook"].iter().any(|name| last.ident == name));
        if let (Some(last), None) = (last, &self.hook) {
            self.hook = Some(last.ident.span().byte_range());
        }
        visit::visit_path(self, path);
    }
}

/// `_`, or a name that begins so.
fn is_unused(pattern: &Pat) -> bool {
    match pattern {
        Pat::Wild(_) => true,
        Pat::Ident(name) => name.ident.to_string().starts_with('_'),
        Pat::Type(typed) => is_unused(&typed.pat),
        _ => false,
    }
}

/// What the code of a thread does.
#[derive(Default)]
struct Work {
    asserts: bool,
    sends: bool,
}

impl<'ast> Visit<'ast> for Work {
    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        let name = called.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        self.asserts |= name.starts_with("assert");
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.sends |= call.method == "send" || call.method == "wait";
        visit::visit_expr_method_call(self, call);
    }
}

fn is_spawn(expression: &Expr) -> bool {
    match expression {
        Expr::MethodCall(call) if call.method == "unwrap" || call.method == "expect" => is_spawn(&call.receiver),
        Expr::MethodCall(call) => call.method == "spawn" && is_builder(&call.receiver),
        Expr::Try(tried) => is_spawn(&tried.expr),
        Expr::Call(call) if calls(call, |path| path.is_ident("drop")) => call.args.iter().any(is_spawn),
        Expr::Call(call) => calls(call, |path| path.segments.last().is_some_and(|last| last.ident == "spawn")),
        _ => false,
    }
}

fn is_builder(expression: &Expr) -> bool {
    match expression {
        Expr::MethodCall(call) => is_builder(&call.receiver),
        Expr::Call(call) => calls(call, |path| path.segments.iter().any(|segment| segment.ident == "Builder")),
        _ => false,
    }
}

fn calls(call: &syn::ExprCall, is_meant: impl Fn(&syn::Path) -> bool) -> bool {
    matches!(call.func.as_ref(), Expr::Path(path) if is_meant(&path.path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_nobody_waits_for_are_seen() {
        for (code, let_go, asserting) in [
            ("std::thread::spawn(|| assert!(f()));", 1, 1),
            ("let _ = thread::spawn(|| f());", 1, 0),
            ("let _later = spawn(|| { assert_eq!(1, 1); });", 1, 1),
            ("drop(spawn(|| assert!(true)));", 1, 1),
            ("let (tx, rx) = channel();\nspawn(move || { assert!(true); tx.send(1).unwrap(); });", 1, 0),
            ("let handle = spawn(|| assert!(true));", 0, 0),
            ("spawn(|| assert!(true)).join().unwrap();", 0, 0),
            ("scope(|scope| { scope.spawn(|| assert!(true)); });", 0, 0),
            ("Builder::new().spawn(|| assert!(true))?;", 1, 1),
            ("for i in 0..3 { spawn(move || assert!(i > 0)); }", 1, 1),
        ] {
            let threads = Threads::of(code);
            assert_eq!((threads.let_go.len(), threads.asserting.len()), (let_go, asserting), "{code}");
        }
        let code = "std::panic::set_hook(Box::new(|_| {}));";
        assert_eq!(&code[Threads::of(code).hook.unwrap()], "set_hook");
        assert_eq!(Threads::of("// set_hook\nlet s = \"take_hook\";").hook, None);
    }
}
