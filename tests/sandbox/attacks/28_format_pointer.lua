-- expect: error invalid conversion '%p' to 'format'
return string.format("%p", {})
