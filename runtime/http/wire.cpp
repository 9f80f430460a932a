#include "runtime/http/wire.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <limits>
#include <optional>

namespace yoke {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::optional;
using boost::system::error_code;

constexpr int kInterimMax = 16;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

// How the parser is told that the receiver wants no more.
error_code stop_code() { return make_error_code(http::error::body_limit); }

// The half of a parser that requests and responses share.
template <bool isRequest>
class Parser : public http::basic_parser<isRequest> {
 public:
  explicit Parser(std::size_t header_bytes_max) {
    // Beast's own bounds are 32 bit wide; bodies are bounded by whoever takes them.
    constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
    this->header_limit(static_cast<std::uint32_t>(std::min(header_bytes_max, kMost)));
    this->body_limit(boost::none);
    this->eager(true);
  }

  int status = 0;
  int version = 0;  // 10 or 11
  std::string method;
  std::string target;
  HttpHeaders headers;

 protected:
  virtual bool head() = 0;
  virtual bool body(std::string_view bytes) = 0;

 private:
  void on_request_impl(http::verb, beast::string_view name, beast::string_view path,
                       int http_version, error_code&) override {
    version = http_version;
    method = view(name);
    target = view(path);
  }

  void on_response_impl(int code, beast::string_view, int, error_code&) override { status = code; }

  void on_field_impl(http::field, beast::string_view name, beast::string_view value,
                     error_code&) override {
    if (this->is_header_done()) return;  // a trailer: nobody here has a use for it
    headers.add(std::string(view(name)), std::string(view(value)));
  }

  void on_header_impl(error_code& error) override {
    // A coding that is not "chunked" at its end leaves the body's length to guesswork.
    if (headers.has("Transfer-Encoding") && !this->chunked()) {
      error = http::error::bad_transfer_encoding;
      return;
    }
    if (!head()) error = stop_code();
  }

  void on_body_init_impl(const optional<std::uint64_t>&, error_code&) override {}

  std::size_t on_body_impl(beast::string_view bytes, error_code& error) override {
    if (!body(view(bytes))) error = stop_code();
    return bytes.size();
  }

  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}

  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes,
                                 error_code& error) override {
    if (!body(view(bytes))) error = stop_code();
    return bytes.size();
  }

  void on_finish_impl(error_code&) override {}
};

template <class P>
WireState state_of(const P& parser, const error_code& error, std::string& message) {
  if (!error) return parser.is_done() ? WireState::done : WireState::more;
  if (error == http::error::need_more) return WireState::more;
  if (error == http::error::body_limit) return WireState::stopped;
  message = error.message();
  if (error == http::error::header_limit) return WireState::too_large;
  if (error == http::error::partial_message) return WireState::cut;
  return WireState::malformed;
}

class ResponseParser final : public Parser<false> {
 public:
  ResponseParser(ResponseReceiver& receiver, std::size_t header_bytes_max)
      : Parser(header_bytes_max), receiver_(receiver) {}

  bool is_interim() const { return status >= 100 && status < 200 && status != 101; }

 private:
  bool head() override {
    if (is_interim()) return true;
    HttpResponseHead done;
    done.status = status;
    done.headers = std::move(headers);
    return receiver_.on_head(std::move(done));
  }

  bool body(std::string_view bytes) override { return receiver_.on_body(bytes); }

  ResponseReceiver& receiver_;
};

class RequestParser final : public Parser<true> {
 public:
  RequestParser(std::size_t header_bytes_max, std::size_t body_bytes_max)
      : Parser(header_bytes_max), body_bytes_max_(body_bytes_max) {}

  std::string text;
  bool over = false;

 private:
  bool head() override {
    const auto length = content_length();
    over = length && *length > body_bytes_max_;
    if (!over && length) text.reserve(static_cast<std::size_t>(*length));
    return !over;
  }

  bool body(std::string_view bytes) override {
    over = bytes.size() > body_bytes_max_ - text.size();
    if (!over) text += bytes;
    return !over;
  }

  std::size_t body_bytes_max_;
};

}  // namespace

struct ResponseReader::State {
  State(ResponseReceiver& to, std::size_t head_max, bool no_body)
      : receiver(to), header_bytes_max(head_max), bodiless(no_body) {
    start();
  }

  void start() {
    parser.emplace(receiver, header_bytes_max);
    parser->skip(bodiless);
  }

  ResponseReceiver& receiver;
  std::size_t header_bytes_max;
  bool bodiless;
  int interims = 0;
  std::optional<ResponseParser> parser;
  std::string error;
};

ResponseReader::ResponseReader(ResponseReceiver& receiver, std::size_t header_bytes_max,
                               bool bodiless)
    : state_(std::make_unique<State>(receiver, header_bytes_max, bodiless)) {}
ResponseReader::~ResponseReader() = default;

WireState ResponseReader::feed(std::string_view bytes, std::size_t& used) {
  used = 0;
  while (true) {
    error_code error;
    const std::string_view rest = bytes.substr(used);
    used += state_->parser->put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    const WireState state = state_of(*state_->parser, error, state_->error);
    if (state != WireState::done || !state_->parser->is_interim()) return state;
    if (++state_->interims > kInterimMax) {
      state_->error = "too many interim responses";
      return WireState::malformed;
    }
    state_->start();
    if (used == bytes.size()) return WireState::more;
  }
}

WireState ResponseReader::finish() {
  error_code error;
  if (!state_->parser->got_some()) {
    state_->error = "nothing came";
    return WireState::cut;
  }
  state_->parser->put_eof(error);
  return state_of(*state_->parser, error, state_->error);
}

bool ResponseReader::keeps_alive() const { return state_->parser->keep_alive(); }
const std::string& ResponseReader::error() const { return state_->error; }

struct RequestReader::State {
  State(std::size_t head_max, std::size_t body_max) : parser(head_max, body_max) {}

  RequestParser parser;
  std::string error;
};

RequestReader::RequestReader(std::size_t header_bytes_max, std::size_t body_bytes_max)
    : state_(std::make_unique<State>(header_bytes_max, body_bytes_max)) {}
RequestReader::~RequestReader() = default;

WireState RequestReader::feed(std::string_view bytes, std::size_t& used) {
  error_code error;
  used = state_->parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  return state_of(state_->parser, error, state_->error);
}

WireState RequestReader::finish() {
  if (!state_->parser.got_some()) return WireState::cut;
  error_code error;
  state_->parser.put_eof(error);
  return state_of(state_->parser, error, state_->error);
}

bool RequestReader::has_started() const { return state_->parser.got_some(); }
bool RequestReader::has_head() const { return state_->parser.is_header_done(); }
bool RequestReader::body_too_large() const { return state_->parser.over; }

bool RequestReader::expects_continue() const {
  return has_head() && !state_->parser.is_done() &&
         equal_ignoring_case(state_->parser.headers.get("Expect"), "100-continue");
}

bool RequestReader::keeps_alive() const { return state_->parser.keep_alive(); }
bool RequestReader::is_http_1_0() const { return state_->parser.version == 10; }
const std::string& RequestReader::error() const { return state_->error; }

HttpRequest RequestReader::take() {
  HttpRequest request;
  request.method = std::move(state_->parser.method);
  request.url = std::move(state_->parser.target);
  request.headers = std::move(state_->parser.headers);
  request.body = std::move(state_->parser.text);
  return request;
}

}  // namespace yoke
