-- expect: conversion result mixes list items and named fields
return { 1, 2, x = 3 }
