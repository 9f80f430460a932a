-- expect: conversion result.s is a string that is not UTF-8
return { s = "\xff\xfe" }
