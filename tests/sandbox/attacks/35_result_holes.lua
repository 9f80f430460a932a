-- expect: conversion result
return { [1] = 1, [2] = 2, [1000] = 3 }
