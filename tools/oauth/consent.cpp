#include "tools/oauth/consent.h"

#include "runtime/base/text.h"
#include "runtime/http/server.h"
#include "runtime/http/url.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/signal.h"

namespace yoke {
namespace {

constexpr std::string_view kCallback = "/callback";
constexpr std::uint16_t kPastePort =
    33418;  // nothing listens there: the address bar is what counts

std::string callback_uri(std::uint16_t port) {
  return "http://127.0.0.1:" + std::to_string(port) + std::string(kCallback);
}

// The port of such an address; 0: it is none of ours.
std::uint16_t port_of(const std::string& uri) {
  const Result<Url> url = parse_url(uri);
  return url && uri == callback_uri(url->port) ? url->port : 0;
}

HttpReply page(int status, const std::string& words) {
  HttpReply reply;
  reply.status = status;
  reply.headers = {{"Content-Type", "text/html; charset=utf-8"},
                   {"Cache-Control", "no-store"},
                   {"Referrer-Policy", "no-referrer"},
                   {"Content-Security-Policy", "default-src 'none'"}};
  reply.body = "<!doctype html><title>Yoke</title><p>" + words + "</p>\n";
  return reply;
}

class LoopbackConsent final : public Consent {
 public:
  LoopbackConsent(asio::any_io_executor executor, TellAddress tell, std::uint16_t port)
      : tell_(std::move(tell)),
        port_(port),
        server_(
            executor, [this](HttpRequest request) { return answer(std::move(request)); },
            small_server()) {}

  Result<std::string> redirect_uri(const std::string& wanted) override {
    std::uint16_t port = port_ != 0 ? port_ : port_of(wanted);
    Result<std::uint16_t> listening = server_.listen("127.0.0.1", port);
    if (!listening && port_ == 0 && port != 0) listening = server_.listen("127.0.0.1", 0);
    if (!listening) {
      return Error{Errc::unavailable,
                   "the browser cannot come back to this machine: " + listening.error().detail};
    }
    uri_ = callback_uri(*listening);
    return uri_;
  }

  awaitable<Result<std::string>> obtain(std::string url, Deadline deadline) override {
    tell_(url);
    const bool came = co_await came_.wait_until(deadline);
    // The page is on its way to the browser.
    const Deadline soon = LoopClock::now() + std::chrono::seconds(2);
    co_await server_.stop(soon);
    if (!came) {
      co_return Error{Errc::timed_out,
                      "nobody has signed in at the address in time; start again when ready"};
    }
    co_return answered_;
  }

 private:
  static HttpServerOptions small_server() {
    HttpServerOptions options;
    options.connections_max = 16;
    options.body_bytes_max = 4096;
    options.target_bytes_max = 16 * 1024;
    options.idle_timeout = std::chrono::seconds(5);
    return options;
  }

  awaitable<HttpReply> answer(HttpRequest request) {
    const Result<Url> asked = parse_url("http://127.0.0.1" + request.url);
    const std::string path = asked ? asked->target.substr(0, asked->target.find('?')) : "";
    // A name that only resolves to this machine is another site's way in.
    const bool ours = std::string_view(uri_).substr(7).starts_with(request.headers.get("Host"));
    const bool is_answer = path == kCallback && path.size() < asked->target.size();
    if (request.method != "GET" || !ours || !is_answer) co_return page(404, "Nothing is here.");
    if (answered_.empty()) {
      answered_ = "http://" + std::string(request.headers.get("Host")) + request.url;
      came_.notify();
    }
    co_return page(200, "Yoke has the answer. This page may be closed.");
  }

  const TellAddress tell_;
  const std::uint16_t port_;
  std::string uri_;
  std::string answered_;
  Signal came_;
  HttpServer server_;  // last: its handler uses what is above
};

class PastedConsent final : public Consent {
 public:
  PastedConsent(TellAddress tell, ReadAddress read, std::uint16_t port)
      : tell_(std::move(tell)), read_(std::move(read)), port_(port) {}

  Result<std::string> redirect_uri(const std::string& wanted) override {
    const std::uint16_t before = port_of(wanted);
    return callback_uri(port_ != 0 ? port_ : before != 0 ? before : kPastePort);
  }

  awaitable<Result<std::string>> obtain(std::string url, Deadline deadline) override {
    tell_(url);
    auto reading = read_();
    Result<std::string> pasted = co_await with_deadline(deadline, std::move(reading));
    if (!pasted) co_return pasted.error();
    co_return std::string(trim(*pasted));
  }

 private:
  const TellAddress tell_;
  const ReadAddress read_;
  const std::uint16_t port_;
};

class UnattendedConsent final : public Consent {
 public:
  explicit UnattendedConsent(HttpClient& client) : client_(client) {}

  Result<std::string> redirect_uri(const std::string&) override { return callback_uri(kPastePort); }

  awaitable<Result<std::string>> obtain(std::string url, Deadline deadline) override {
    HttpRequest request;
    request.url = url;
    HttpOutcome outcome = co_await client_.send(std::move(request), deadline);
    const auto* response = std::get_if<HttpResponse>(&outcome);
    if (response == nullptr) {
      co_return Error{Errc::unavailable, std::get<HttpFailure>(outcome).message};
    }
    const std::string_view location = response->headers.get("Location");
    if (response->status < 300 || response->status > 399 || location.empty()) {
      co_return Error{Errc::denied, shown_url(url) + " asks a person before it lets anybody in"};
    }
    co_return std::string(location);
  }

 private:
  HttpClient& client_;
};

}  // namespace

std::unique_ptr<Consent> loopback_consent(asio::any_io_executor executor, TellAddress tell,
                                          std::uint16_t port) {
  return std::make_unique<LoopbackConsent>(std::move(executor), std::move(tell), port);
}

std::unique_ptr<Consent> pasted_consent(TellAddress tell, ReadAddress read, std::uint16_t port) {
  return std::make_unique<PastedConsent>(std::move(tell), std::move(read), port);
}

std::unique_ptr<Consent> unattended_consent(HttpClient& client) {
  return std::make_unique<UnattendedConsent>(client);
}

}  // namespace yoke
