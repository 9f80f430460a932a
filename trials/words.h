#pragma once

#include <string>
#include <vector>

#include "trials/comparison.h"

// Measures and their differences in words and figures for people. Pure.
namespace yoke {

std::string title_of(Measure measure);  // "pass rate"
// "83 %", "0.74", "$0.0012", "812", "1.2 s"
std::string figure(Measure measure, double value);
// The same of a difference, with its sign: "+8 points", "−$0.0002"
std::string signed_figure(Measure measure, double value);
// "+8 points (95 %: +2 to +14)", or the difference alone where no interval can be stated.
std::string interval_text(Measure measure, const Difference& difference);
// What the difference says, and no more than that; `unit`: what a case is called.
std::string verdict_of(Measure measure, const Difference& difference, const Mean& base,
                       const std::string& unit);
// Of a share that was seen in some cases, its own interval: "55 to 95 %".
std::string share_interval_text(const Mean& share);
// Of passing: "2 better, 9 worse, p = 0.065", which is of McNemar's exact test.
std::string split_text(const Difference& difference);
// "10 of 12"; of a comparing check "3 of 12, 4 alike"
std::string count_text(const CheckCount& count);
// Whether the interval leaves zero out: 1 for more than the first route, -1 for less, 0 for unsaid.
int shown(const Difference& difference);

// The names of the checks, in the order in which they were first met.
std::vector<std::string> checks_of(const Comparison& comparison);

// What went wrong on a route, the most frequent first: "2 × model.quota: …".
std::vector<std::string> complaints(const Trial& trial, std::size_t route);

// How the intervals were made and what they do not say.
std::string method_note(const Trial& trial);

}  // namespace yoke
