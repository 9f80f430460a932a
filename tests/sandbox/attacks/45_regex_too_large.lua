-- expect: error the regular expression is too large
return text.matches(("a"):rep(1 << 20), "(a{1,100}b?){9}")
