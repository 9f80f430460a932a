#include "runtime/http/wire.h"

#include <zlib.h>

#include <catch2/catch.hpp>

#include "runtime/http/inflate.h"

namespace yoke {
namespace {

class Gathered final : public ResponseReceiver {
 public:
  int status = 0;
  HttpHeaders headers;
  std::string body;
  std::size_t body_bytes_max = 1000;

 private:
  bool on_head(HttpResponseHead head) override {
    status = head.status;
    headers = std::move(head.headers);
    return true;
  }
  bool on_body(std::string_view bytes) override {
    body += bytes;
    return body.size() <= body_bytes_max;
  }
};

// Feeds `text` in pieces of `size` bytes, as a connection would; then the end of the stream.
WireState feed_all(ResponseReader& reader, std::string_view text, std::size_t size) {
  std::string unread;
  WireState state = WireState::more;
  for (std::size_t at = 0; at < text.size() && state == WireState::more; at += size) {
    unread += text.substr(at, size);
    std::size_t used = 0;
    state = reader.feed(unread, used);
    unread.erase(0, used);
  }
  if (state == WireState::more) state = reader.finish();
  return state;
}

WireState read(std::string_view text, Gathered& to, std::size_t size, bool bodiless = false) {
  ResponseReader reader(to, 4096, bodiless);
  return feed_all(reader, text, size);
}

std::string packed(std::string_view text, int window) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST_CASE("a response reads the same in pieces of any size") {
  const std::string length = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello";
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n"
      "2;ext=1\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: t\r\n\r\n";
  const std::string to_end = "HTTP/1.0 200 OK\r\nX-A: b\r\n\r\nhello";
  const std::string interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + length;
  for (const std::string& text : {length, chunked, to_end, interim}) {
    for (std::size_t size = 1; size <= text.size(); ++size) {
      Gathered got;
      INFO(text << " in pieces of " << size);
      REQUIRE(read(text, got, size) == WireState::done);
      CHECK(got.status == 200);
      CHECK(got.body == "hello");
      CHECK(got.headers.get("x-a") == "b");
      CHECK_FALSE(got.headers.has("Trailer"));
    }
  }
}

TEST_CASE("a response cut off at any byte is never taken for a whole one") {
  const std::string length = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  for (const std::string& text : {length, chunked}) {
    for (std::size_t cut = 0; cut < text.size(); ++cut) {
      Gathered got;
      INFO(text << " cut at " << cut);
      REQUIRE(read(std::string_view(text).substr(0, cut), got, 7) == WireState::cut);
    }
  }
}

TEST_CASE("what is no response, or could be read two ways, is malformed") {
  for (const char* text :
       {"SSH-2.0-OpenSSH_9\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nNo colon\r\n\r\n", "HTTP/1.1 200 OK\r\nBad name : x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX\r\n"}) {
    INFO(text);
    Gathered got;
    CHECK(read(text, got, 1000) == WireState::malformed);
  }
}

TEST_CASE("a head over the limit is refused, with or without its end in sight") {
  Gathered got;
  const std::string field = "X: " + std::string(5000, 'x') + "\r\n";
  CHECK(read("HTTP/1.1 200 OK\r\n" + field, got, 100) == WireState::too_large);
  CHECK(read("HTTP/1.1 200 OK\r\n" + field + "\r\n", got, 100000) == WireState::too_large);
}

TEST_CASE("a receiver that wants no more stops the reading") {
  Gathered got;
  got.body_bytes_max = 3;
  CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", got, 1) == WireState::stopped);
  CHECK(got.body == "hell");
}

TEST_CASE("an answer to HEAD has no body, whatever its head announces") {
  Gathered got;
  CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", got, 9, true) == WireState::done);
  CHECK(got.body.empty());
}

TEST_CASE("interim responses without end are malformed") {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "HTTP/1.1 103 Early Hints\r\n\r\n";
  Gathered got;
  CHECK(read(text, got, 50) == WireState::malformed);
}

TEST_CASE("compressed data unpacks the same in pieces of any size") {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "line " + std::to_string(i * 7919) + "\n";
  struct Form {
    Inflater::Format format;
    std::string data;
  };
  const std::vector<Form> forms{
      {Inflater::Format::gzip, packed(text, 15 + 16)},
      {Inflater::Format::gzip, packed(text.substr(0, 99), 31) + packed(text.substr(99), 31)},
      {Inflater::Format::deflate, packed(text, 15)},
      {Inflater::Format::deflate, packed(text, -15)}};
  for (const Form& form : forms) {
    for (const std::size_t size :
         {std::size_t{1}, std::size_t{2}, std::size_t{997}, form.data.size()}) {
      Inflater inflater(form.format);
      std::string out;
      const Inflater::Sink gather = [&out](std::string_view bytes) {
        out += bytes;
        return true;
      };
      for (std::size_t at = 0; at < form.data.size(); at += size) {
        const auto piece = std::string_view(form.data).substr(at, size);
        const Result<void> fed = inflater.feed(piece, gather);
        REQUIRE(fed.has_value());
      }
      CHECK(inflater.at_end());
      REQUIRE(out == text);
    }
  }
}

TEST_CASE("compressed data that is cut, damaged or followed by rubbish is no whole") {
  const std::string good = packed("hello hello hello", 31);
  const Inflater::Sink ignore = [](std::string_view) { return true; };
  Inflater cut(Inflater::Format::gzip);
  REQUIRE(cut.feed(std::string_view(good).substr(0, good.size() - 1), ignore).has_value());
  CHECK_FALSE(cut.at_end());
  Inflater damaged(Inflater::Format::gzip);
  std::string bad = good;
  bad[bad.size() - 6] = static_cast<char>(bad[bad.size() - 6] + 1);
  CHECK_FALSE(damaged.feed(bad, ignore).has_value());
  Inflater plain(Inflater::Format::gzip);
  CHECK_FALSE(plain.feed("<html>", ignore).has_value());
  Inflater followed(Inflater::Format::deflate);
  CHECK_FALSE(followed.feed(packed("x", 15) + "rubbish", ignore).has_value());
}

TEST_CASE("a sink that refuses stops a decompression bomb at its first pieces") {
  const std::string bomb = packed(std::string(50 * 1024 * 1024, '\0'), 31);
  REQUIRE(bomb.size() < 100 * 1024);
  Inflater inflater(Inflater::Format::gzip);
  std::size_t bytes = 0;
  const Result<void> fed = inflater.feed(bomb, [&](std::string_view piece) {
    bytes += piece.size();
    return bytes < 100'000;
  });
  REQUIRE_FALSE(fed.has_value());
  CHECK(fed.error().code == Errc::exhausted);
  CHECK(bytes < 200'000);
}

}  // namespace
}  // namespace yoke
