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

class ResponseParser final : public http::basic_parser<false> {
 public:
  ResponseParser(ResponseReceiver& receiver, std::size_t header_bytes_max) : receiver_(receiver) {
    // Beast's own bounds are 32 bit wide; bodies are bounded by whoever takes them.
    constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
    header_limit(static_cast<std::uint32_t>(std::min(header_bytes_max, kMost)));
    body_limit(boost::none);
    eager(true);
  }

  bool is_interim() const { return status_ >= 100 && status_ < 200 && status_ != 101; }

 private:
  void on_request_impl(http::verb, beast::string_view, beast::string_view, int,
                       error_code&) override {}

  void on_response_impl(int code, beast::string_view, int, error_code&) override { status_ = code; }

  void on_field_impl(http::field, beast::string_view name, beast::string_view value,
                     error_code&) override {
    if (is_header_done()) return;  // a trailer: nobody here has a use for it
    headers_.add(std::string(view(name)), std::string(view(value)));
  }

  void on_header_impl(error_code& error) override {
    // A coding that is not "chunked" at its end leaves the body's length to guesswork.
    if (headers_.has("Transfer-Encoding") && !chunked()) {
      error = http::error::bad_transfer_encoding;
      return;
    }
    if (is_interim()) return;
    HttpResponseHead done;
    done.status = status_;
    done.headers = std::move(headers_);
    if (!receiver_.on_head(std::move(done))) error = stop_code();
  }

  void on_body_init_impl(const optional<std::uint64_t>&, error_code&) override {}

  std::size_t on_body_impl(beast::string_view bytes, error_code& error) override {
    if (!receiver_.on_body(view(bytes))) error = stop_code();
    return bytes.size();
  }

  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}

  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes,
                                 error_code& error) override {
    return on_body_impl(bytes, error);
  }

  void on_finish_impl(error_code&) override {}

  ResponseReceiver& receiver_;
  int status_ = 0;
  HttpHeaders headers_;
};

WireState state_of(const ResponseParser& parser, const error_code& error, std::string& message) {
  if (!error) return parser.is_done() ? WireState::done : WireState::more;
  if (error == http::error::need_more) return WireState::more;
  if (error == http::error::body_limit) return WireState::stopped;
  message = error.message();
  if (error == http::error::header_limit) return WireState::too_large;
  if (error == http::error::partial_message) return WireState::cut;
  return WireState::malformed;
}

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

}  // namespace yoke
