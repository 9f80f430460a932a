-- expect: conversion result.n is not a finite number
return { n = 0 / 0 }
