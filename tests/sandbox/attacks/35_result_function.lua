-- expect: conversion result.f is a function
return { f = print }
