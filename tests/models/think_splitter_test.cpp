#include "models/think_splitter.h"

#include <catch2/catch.hpp>

namespace yoke {
namespace {

struct Split {
  std::string reasoning;
  std::string text;
  std::string calls = {};
  bool operator==(const Split&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Split& split) {
  return out << "{reasoning: '" << split.reasoning << "', text: '" << split.text << "', calls: '"
             << split.calls << "'}";
}

void take(std::vector<ThinkSplitter::Piece>& pieces, Split& split) {
  using Kind = ThinkSplitter::Piece::Kind;
  for (const auto& piece : pieces) {
    if (piece.kind == Kind::text) split.text += piece.text;
    if (piece.kind == Kind::reasoning) split.reasoning += piece.text;
    if (piece.kind == Kind::call) split.calls += piece.text + ":";
    if (piece.kind == Kind::call_args) split.calls += piece.text;
    if (piece.kind != Kind::recant) continue;
    split.reasoning += split.text;
    split.text.clear();
  }
  pieces.clear();
}

Split split_in_pieces(std::string_view text, std::size_t bytes, bool opening_omitted) {
  ThinkSplitter splitter(opening_omitted);
  std::vector<ThinkSplitter::Piece> pieces;
  Split split;
  for (std::size_t at = 0; at < text.size(); at += bytes) {
    splitter.push(text.substr(at, bytes), pieces);
    take(pieces, split);
  }
  splitter.finish(pieces);
  take(pieces, split);
  return split;
}

void check_every_cut(std::string_view text, const Split& expected, bool opening_omitted = false) {
  for (std::size_t bytes = 1; bytes <= text.size(); ++bytes) {
    INFO("pieces of " << bytes << " bytes");
    REQUIRE(split_in_pieces(text, bytes, opening_omitted) == expected);
  }
}

TEST_CASE("reasoning in think tags is told from the answer wherever the text is cut") {
  check_every_cut("<think>two and two</think>\n\nfour", {"two and two", "four"});
  check_every_cut("\n<think>a < b</thin</think>c", {"a < b</thin", "c"});
  check_every_cut("\u25c1think\u25b7hm\u25c1/think\u25b7so", {"hm", "so"});
}

TEST_CASE("the channels of gpt-oss are told apart") {
  check_every_cut(
      "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final"
      "<|message|>so it is<|return|>",
      {"hm", "so it is"});
}

TEST_CASE("gpt-oss calls a tool in its markup, with a word for the person before it") {
  check_every_cut(
      "<|channel|>analysis<|message|>need the tool<|end|><|start|>assistant<|channel|>commentary"
      "<|message|>Let me look.<|end|><|start|>assistant<|channel|>commentary "
      "to=functions.weather_now"
      " <|constrain|>json<|message|>{\"place\":\"Oslo\"}<|call|>",
      {"need the tool", "Let me look.", "weather_now:{\"place\":\"Oslo\"}"});
  // The recipient may stand before the channel; a server may keep the last tag to itself.
  check_every_cut(
      "<|start|>assistant to=functions.now<|channel|>commentary json<|message|>{\"a\": \"<|\"}",
      {"", "", "now:{\"a\": \"<|\"}"});
}

TEST_CASE("a header that gpt-oss never ends is dropped, one that is none is text") {
  check_every_cut("<|channel|>analysis<|message|>hm<|end|><|start|>assistant", {"hm", ""});
  const std::string prose(600, 'x');
  CHECK(split_in_pieces("<|start|>" + prose, 7, false) == Split{"", prose});
}

TEST_CASE("text without tags comes through byte for byte") {
  check_every_cut("  a <b> c </b> \n", {"", "  a <b> c </b> \n"});
  check_every_cut("<thin ice", {"", "<thin ice"});
  check_every_cut("the tag <think> opens, </think> closes",
                  {"", "the tag <think> opens, </think> closes"});
}

TEST_CASE("a reasoning that is never closed is all reasoning") {
  check_every_cut("<think>on and on", {"on and on", ""});
}

TEST_CASE("a model that omits the opening tag has its first text taken back") {
  check_every_cut("hm, let me see</think>\nfour", {"hm, let me see", "four"}, true);
  check_every_cut("just an answer", {"", "just an answer"}, true);
}

}  // namespace
}  // namespace yoke
