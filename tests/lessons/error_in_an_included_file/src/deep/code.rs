let fine = 1;
let wrong: i32 = fine + "text";
