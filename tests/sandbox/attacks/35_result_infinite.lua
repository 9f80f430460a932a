-- expect: conversion result[2] is not a finite number
return { 1, math.huge }
