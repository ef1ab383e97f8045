//! What the lessons of this book share.
