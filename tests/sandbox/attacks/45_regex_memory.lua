-- expect: error bad regular expression
return text.matches("a", "((((a{1,100}){1,100}){1,100}){1,100})")
