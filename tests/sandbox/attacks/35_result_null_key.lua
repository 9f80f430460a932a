-- expect: conversion has a key that is neither a string nor a place in a list
return { [json.null] = 1 }
