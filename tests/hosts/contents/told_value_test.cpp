#include "hosts/contents/told_value.h"

#include <catch2/catch.hpp>

#include "hosts/contents/media_types.h"
#include "runtime/base/base64.h"

namespace yoke {
namespace {

const std::string kPngBytes = std::string("\x89PNG\r\n\x1a\n", 8) + std::string(12'292, 'p');

std::string noise(std::size_t bytes) {
  std::string made;
  std::uint32_t state = 7;
  while (made.size() < bytes) {
    state = state * 1664525u + 1013904223u;
    made += static_cast<char>(state >> 24);
  }
  return made;
}

}  // namespace

TEST_CASE("content of a tool is told by its type and size, and all else stays") {
  const std::string data = to_base64(kPngBytes);
  const Json value{{"content",
                    {{{"type", "text"}, {"text", "A cat."}},
                     {{"type", "image"}, {"data", data}, {"mimeType", "image/png"}},
                     {{"type", "resource"},
                      {"resource",
                       {{"uri", "file:///a.pdf"},
                        {"mimeType", "application/pdf"},
                        {"blob", to_base64("%PDF-1.7")}}}}}},
                   {"isError", false}};
  const ToldValue told = told_value(value);
  CHECK(told.read["content"][0]["text"] == "A cat.");
  CHECK(told.read["content"][1]["data"] == "[image/png, 12.3 KB]");
  CHECK(told.read["content"][2]["resource"]["blob"] == "[application/pdf, 8 bytes]");
  CHECK(told.read["content"][2]["resource"]["uri"] == "file:///a.pdf");
  CHECK(told.read["isError"] == false);
  REQUIRE(told.contents.size() == 2);
  CHECK(told.contents[0].base64 == data);
  CHECK(told.contents[0].bytes == kPngBytes.size());
  CHECK(told.contents[1].media_type == "application/pdf");
}

TEST_CASE("what an operation gave, an address with data, and bare base64 are content") {
  const std::string bytes = noise(3000);
  const Json value{{"file", {{"content_type", "application/x-tar"}, {"base64", to_base64("tar")}}},
                   {"icon", "data:image/gif;base64," + to_base64("GIF89a..")},
                   {"bare", to_base64(bytes)},
                   {"shot", to_base64(std::string(kPngBytes.substr(0, 8)) + bytes)}};
  const Json read = told_value(value).read;
  CHECK(read["file"]["base64"] == "[application/x-tar, 3 bytes]");
  CHECK(read["icon"] == "[image/gif, 8 bytes]");
  CHECK(read["bare"] == "[binary, 3.0 KB]");
  CHECK(read["shot"] == "[image/png, 3.0 KB]");
}

TEST_CASE("words, numbers, keys and long texts are no content") {
  const Json value{{"data", "SGVsbG8="},  // nobody says what it is of
                   {"note", {{"data", "abcd"}, {"mimeType", "text/plain"}}},
                   {"row", {{"data", "not base64!"}, {"mimeType", "image/png"}}},
                   {"hash", std::string(64, 'a') + "0F"},
                   {"long", std::string(4000, 'x')},
                   {"words", std::string("Words 1 and Two ") + std::string(2000, 'y')},
                   {"count", 7}};
  const ToldValue told = told_value(value);
  CHECK(told.read == value);
  CHECK(told.contents.empty());
}

TEST_CASE("a type that a tool made up cannot bring marks of its own") {
  const Json value{{"data", to_base64("12345")}, {"mimeType", "image/\x1b[31mpng\n"}};
  const std::string words = told_value(value).read["data"].get<std::string>();
  CHECK(words.find('\x1b') == std::string::npos);
  CHECK(words.find("5 bytes") != std::string::npos);
}

TEST_CASE("sizes are told in thousands, to a tenth") {
  CHECK(size_words(0) == "0 bytes");
  CHECK(size_words(1) == "1 byte");
  CHECK(size_words(999) == "999 bytes");
  CHECK(size_words(1000) == "1.0 KB");
  CHECK(size_words(12'345) == "12.3 KB");
  CHECK(size_words(999'949) == "999.9 KB");
  CHECK(size_words(999'950) == "1.0 MB");
  CHECK(size_words(4'000'000) == "4.0 MB");
}

TEST_CASE("a type is told by first bytes, and names the ending of its files") {
  CHECK(media_type_of_bytes(kPngBytes) == "image/png");
  CHECK(media_type_of_bytes("RIFF1234WEBPVP8 ") == "image/webp");
  CHECK(media_type_of_bytes("RIFF1234WAVEfmt ") == "audio/wav");
  CHECK(media_type_of_bytes("plain") == "");
  CHECK(extension_of_type("image/jpeg") == ".jpg");
  CHECK(extension_of_type("text/html; charset=utf-8") == ".html");
  CHECK(extension_of_type("x/unheard-of") == ".bin");
}

}  // namespace yoke
