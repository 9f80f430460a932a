#include <catch2/catch.hpp>

#include "hosts/screen/input_history.h"

namespace yoke {

TEST_CASE("history is read and written in the form of libedit's files") {
  const std::string file = "_HiStOrY_V2_\nsay\\040one\ntwo\\012lines\\040\\134\\040here\nplain\n";
  const InputHistory history = InputHistory::from_file_text(file);
  CHECK(history.entries() == std::vector<std::string>{"say one", "two\nlines \\ here", "plain"});
  const InputHistory again = InputHistory::from_file_text(history.file_text());
  CHECK(again.entries() == history.entries());
}

TEST_CASE("walking up and down the history comes back to what was being typed") {
  InputHistory history;
  history.add("one");
  history.add("two");
  history.add("two");
  CHECK(history.size() == 2);
  CHECK(*history.older("draft") == "two");
  CHECK(*history.older("two") == "one");
  CHECK(history.older("one") == nullptr);
  CHECK(*history.newer() == "two");
  CHECK(*history.newer() == "draft");
  CHECK(history.newer() == nullptr);
}

TEST_CASE("searching finds the newest entry with the words, then older ones") {
  InputHistory history;
  for (const char* entry : {"count a", "say b", "count c"}) history.add(entry);
  CHECK(*history.find("count", 0) == "count c");
  CHECK(*history.find("count", 1) == "count a");
  CHECK(history.find("count", 2) == nullptr);
}

TEST_CASE("only so much history is kept, the oldest goes first") {
  InputHistory history;
  for (int i = 0; i <= 1000; ++i) history.add(std::to_string(i));
  CHECK(history.size() == InputHistory::kEntriesMax);
  CHECK(history.entries().front() == "1");
}

}  // namespace yoke
