#include <catch2/catch.hpp>

#include "runtime/base/text.h"
#include "sandbox/html_text.h"
#include "sandbox/text_chunk.h"
#include "sandbox/text_diff.h"
#include "tests/sandbox/script.h"

using yoke::sandbox::chunk_text;
using yoke::sandbox::ChunkOptions;
using yoke::sandbox::Diff;
using yoke::sandbox::diff_lines;
using yoke::sandbox::DiffOptions;
using yoke::sandbox::html_to_text;
using yoke::sandbox::test::run_script;
using yoke::sandbox::test::value_of;

namespace {

std::string repeated(const std::string& text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("a page becomes paragraphs, headings, lists, links and rows") {
  CHECK(html_to_text("<html><head><title>T</title></head><body><h2>Tea &amp; milk</h2>"
                     "<p>One\n  line,<br>two <b>lines</b>.</p><p>Next") ==
        "## Tea & milk\n\nOne line,\ntwo lines.\n\nNext");
  CHECK(html_to_text("<ul><li>a<li>b<ol><li>c</li><li>d</ol></ul>end") ==
        "- a\n- b\n  1. c\n  2. d\n\nend");
  CHECK(html_to_text("see <a href='https://x.example/?a=1&amp;b=2'>the page</a>, or "
                     "<a href=#top>above</a>") ==
        "see the page (https://x.example/?a=1&b=2), or above");
  CHECK(html_to_text("<table><tr><th>a<th>b</tr><tr><td>1<td>2</table>") == "a | b\n1 | 2");
  CHECK(html_to_text("<pre>x\n  y</pre><img alt='a cat' src=c.png>") == "x\n  y\n\n[a cat]");
}

TEST_CASE("what is not for people is left out of a page's text") {
  CHECK(html_to_text("a<script>if (a < b) document.write('</p>')</script>b") == "ab");
  CHECK(html_to_text("a<STYLE>p { }</sTyLe>b<!-- c > d -->e<?php x ?>f<!DOCTYPE html>") == "abef");
  CHECK(html_to_text("a\x1b[31mb\x07"
                     "c&#27;d") ==
        "a[31mbc\xef\xbf\xbd"
        "d");
  CHECK(html_to_text("a<script>never closed") == "a");
  CHECK(html_to_text("a<svg>never closed") == "anever closed");
}

TEST_CASE("character references stand for their characters, wrong ones for themselves") {
  CHECK(html_to_text("&lt;&eacute;&#233;&#xE9;&#x1F600;&euro;&#128;") == "<ééé😀€€");
  CHECK(html_to_text("AT&T &nosuch; &#; &#x; & &#99999999; &#xD800;") ==
        "AT&T &nosuch; &#; &#x; & \xef\xbf\xbd \xef\xbf\xbd");
}

TEST_CASE("broken pages give text all the same") {
  for (const char* html :
       {"<", "<a", "<a href=", "<a href='", "</", "<!", "<!-", "<!--", "<!-->x", "<?", "&", "&#",
        "<a b=\"c>d", "< b", "<>", "</>", "<li>", "</ul></ol>"}) {
    INFO(html);
    CHECK(yoke::is_valid_utf8(html_to_text(html)));
  }
  CHECK(html_to_text("1 < 2 > 0 <> </> <3") == "1 < 2 > 0 <> </> <3");
  CHECK(html_to_text("\xff\xfe"
                     "a") ==
        "\xef\xbf\xbd\xef\xbf\xbd"
        "a");
}

TEST_CASE("a page's text stays within its bound, whatever the page") {
  const std::size_t size = 60'000;
  for (const char* piece :
       {"<li>",     "<ul>",  "<ul><li>", "<ol><li>",    "<hr>",        "<h6>", "<td>",
        "<script>", "<svg>", "<a>",      "<a href=x>y", "<!--",        "&",    "&#1;",
        "<",        "\xff",  "<p>",      "<pre>\n",     "<img alt=x>", "\"",   "<a b='"}) {
    const std::string html = repeated(piece, size);
    INFO(piece);
    CHECK(html_to_text(html).size() <= html.size() * yoke::sandbox::kTextBytesPerByte);
  }
}

TEST_CASE("a difference is told as a unified diff") {
  const Diff diff = diff_lines("a\nb\nc\nd\ne\nf\ng\nh\n", "a\nb\nc\nD\ne\nf\ng\nh\ni");
  CHECK(diff.text ==
        "@@ -1,8 +1,9 @@\n a\n b\n c\n-d\n+D\n e\n f\n g\n h\n+i\n\\ No newline at end of file\n");
  CHECK(diff.removed == 1);
  CHECK(diff.added == 2);
  CHECK(diff_lines("same\n", "same\n").text.empty());
  CHECK(diff_lines("", "x\n").text == "@@ -0,0 +1 @@\n+x\n");
  CHECK(diff_lines("x\n", "").text == "@@ -1 +0,0 @@\n-x\n");
}

TEST_CASE("changes far apart are told apart, with the context that is wished") {
  std::string before;
  for (int i = 0; i < 20; ++i) before += std::to_string(i) + "\n";
  std::string after = before;
  after.replace(after.find("2\n"), 1, "two");
  after.replace(after.find("17\n"), 2, "seventeen");
  DiffOptions options;
  options.context = 1;
  CHECK(diff_lines(before, after, options).text ==
        "@@ -2,3 +2,3 @@\n 1\n-2\n+two\n 3\n@@ -17,3 +17,3 @@\n 16\n-17\n+seventeen\n 18\n");
  options.context = 0;
  CHECK(diff_lines(before, after, options).text ==
        "@@ -3 +3 @@\n-2\n+two\n@@ -18 +18 @@\n-17\n+seventeen\n");
}

TEST_CASE("the shortest difference is found among many") {
  const Diff diff = diff_lines("a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n");
  CHECK(diff.removed + diff.added == 5);
  const Diff moved = diff_lines("x\na\nb\nc\n", "a\nb\nc\nx\n");
  CHECK(moved.removed == 1);
  CHECK(moved.added == 1);
}

TEST_CASE("texts too far apart are told as removed and added, in bounded work") {
  std::string before;
  std::string after;
  for (int i = 0; i < 9'000; ++i) {
    before += i % 3 == 0 ? "x\n" : std::to_string(i) + "\n";
    after += i % 2 == 0 ? "x\n" : std::to_string(-i) + "\n";
  }
  const Diff diff = diff_lines(before, after);
  CHECK(diff.steps < 2'100'000);
  CHECK(diff.removed == 8'999);  // both begin with the same line
  CHECK(diff.added == 8'999);
}

TEST_CASE("a text is cut where it hurts least, and nothing is lost") {
  ChunkOptions options;
  options.bytes = 40;
  const std::string text =
      "A first paragraph of words.\n\nA second one. It has two sentences, and one of them is long.";
  std::string whole;
  for (const std::string_view part : chunk_text(text, options)) {
    CHECK(part.size() <= 40);
    whole += part;
  }
  CHECK(whole == text);
  CHECK(chunk_text(text, options)[0] == "A first paragraph of words.\n\n");
  CHECK(chunk_text(text, options)[1] == "A second one. It has two sentences, and ");
  CHECK(chunk_text("", options).empty());
  CHECK(chunk_text(repeated("é", 100), options)[0].size() == 40);
  CHECK(chunk_text(repeated("€", 100), options)[0].size() == 39);
}

TEST_CASE("parts overlap by as much as is wished, from a word on") {
  ChunkOptions options;
  options.bytes = 40;
  options.overlap = 10;
  const std::string text = repeated("word ", 30);  // the parts are views of it
  const auto parts = chunk_text(text, options);
  REQUIRE(parts.size() > 3);
  CHECK(parts[1].starts_with("word"));
  CHECK(parts[1].data() == parts[0].data() + 30);
}

TEST_CASE("scripts read pages, compare and cut texts") {
  CHECK(
      yoke::to_text(value_of("return { text.from_html('<p>a<p>b'), text.diff('a\\n', 'b\\n') }")) ==
      R"(["a\n\nb","@@ -1 +1 @@\n-a\n+b\n",1,1])");
  CHECK(yoke::to_text(value_of("return text.chunk('abc')")) ==
        R"([{"first":1,"last":3,"text":"abc"}])");
  const auto wrong = run_script("return text.chunk('abc', { bytes = 8 })");
  CHECK(wrong.failure.message.find("bytes is a whole number from 32 to 1048576") !=
        std::string::npos);
  const auto lines = run_script("return text.diff(('\\n'):rep(20000), '')");
  CHECK(lines.failure.message.find("more than 20000 lines") != std::string::npos);
}

TEST_CASE("work on documents is charged by their size") {
  CHECK(run_script("local s = ('<p>'):rep(300000) text.from_html(s)").meter.instructions > 400'000);
  CHECK(run_script("local s = ('a '):rep(300000) text.chunk(s)").meter.instructions > 300'000);
}
