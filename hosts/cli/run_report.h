#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "hosts/cli/run_tree.h"

// A run with those below it as a report for people: what it was, came to, cost, and who allowed
// what. Pure.
namespace yoke {

// What is no text: `url` holds it where it is an image that a page may show.
struct ReportContent {
  std::string name;     // "image-7-1"
  std::string words;    // "image/png, 12.3 KB"
  std::string command;  // that writes it into a file; empty: it is not here
  std::string url = {};
};

// One thing that happened. `title` is one line; `thought` and `text` are of any length.
struct ReportLine {
  enum class Mark : std::uint8_t { plain, step, call, good, bad, person, note };
  Mark mark = Mark::plain;
  int depth = 0;
  std::string run_id = {};
  std::int64_t seq = 0;  // 0: of no event
  Micros at = 0;
  std::string title = {};
  std::string thought = {};  // what a model reasoned
  std::string text = {};     // what it said; a call's arguments, a result
  bool folded = false;       // the text is for who asks
  std::vector<ReportContent> contents = {};
};

// A call on the time line, or a wait for somebody, in microseconds from the run's start.
struct ReportBar {
  std::string title;
  ReportLine::Mark mark = ReportLine::Mark::call;
  int depth = 0;
  Micros from = 0;
  Micros until = 0;
};

struct ReportApproval {
  std::string title;
  std::string answer;  // empty: open, or nobody answered in time
  std::string by;
  std::string reach;  // of a yes: "this once", "this session"; else empty
  Micros asked_at = 0;
  Micros waited = 0;  // 0 while open
};

struct ReportCost {
  std::string target;
  std::int64_t calls = 0;
  std::int64_t input = 0;
  std::int64_t output = 0;
  NanoUsd cost = 0;
  bool priced = true;
};

struct RunReport {
  std::string title;   // the task's first line
  std::string status;  // "completed", "failed (limit.usd)"
  bool good = false;
  bool bad = false;
  std::vector<std::pair<std::string, std::string>> facts;
  std::string task;
  std::vector<ReportContent> contents;  // of the task
  std::string answer;                   // or why there is none
  std::string plan;                     // with marks; empty: there is none
  std::vector<ReportLine> lines;
  std::vector<ReportBar> bars;
  Micros length = 0;  // of the time line
  std::vector<ReportApproval> approvals;
  std::vector<ReportCost> costs;
};

inline constexpr std::size_t kReportBarsMax = 400;          // the longest, where there are more
inline constexpr std::size_t kReportImagesMax = 24u << 20;  // bytes; images after that are named

// Whether its images are to be had of it; where personal data is cut out, they are not: nothing
// can be cut out of them.
enum class ReportImages : std::uint8_t { shown, told };

RunReport report_of(const RunTree& tree, ReportImages images = ReportImages::shown);

// Each is whole in itself. `made`: when, as shown to people.
std::string report_markdown(const RunReport& report, const std::string& made);
// One HTML page without scripts or anything that is fetched; what was said cannot become markup.
std::string report_page(const RunReport& report, const std::string& made);

}  // namespace yoke
