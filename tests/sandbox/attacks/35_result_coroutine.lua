-- expect: conversion result is a coroutine
return coroutine.create(print)
