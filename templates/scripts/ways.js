// Ways through the book.
