-- expect: conversion is nested too deeply
local t = {}
for i = 1, 10000 do t = { t } end
return t
