-- expect: conversion result.a.b contains itself
local t = { a = {} }
t.a.b = t
return t
