// Code.
