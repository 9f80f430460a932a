#include "tools/graph/graph_call.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "runtime/base/text.h"
#include "runtime/http/address.h"
#include "runtime/http/client.h"
#include "runtime/http/url.h"
#include "runtime/loop/deadline.h"
#include "tools/broker/permit_address.h"

namespace yoke {
namespace {

// Where OneDrive and SharePoint keep what is downloaded, in each of Microsoft's clouds.
constexpr auto kDownloadHosts = std::to_array<std::string_view>(
    {".sharepoint.com", ".sharepoint.us", ".sharepoint-mil.us", ".sharepoint.cn", ".1drv.com",
     ".svc.ms", ".microsoftpersonalcontent.com"});
constexpr int kDownloadRedirectsMax = 3;
constexpr std::chrono::seconds kLeftForAnswer{1};

bool asks_to_wait(int status) { return status == 429 || status == 503 || status == 504; }

// Seconds; -1: it does not say.
int wait_asked(const HttpResponse& response) {
  const std::string_view text = trim(response.headers.get("Retry-After"));
  int seconds = -1;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool whole = failed == std::errc() && end == text.data() + text.size() && !text.empty();
  return whole && seconds >= 0 ? seconds : -1;
}

// "ErrorItemNotFound: The specified object was not found."
std::string words_of(const HttpResponse& response) {
  const Result<Json> body = parse_json(response.body);
  if (!body) return {};
  const Json& error = member_at(*body, "error");
  std::string words = string_at(error, "code");
  const std::string message = string_at(error, "message");
  if (!message.empty()) words += (words.empty() ? "" : ": ") + message;
  return shorten(printable(words), 300);
}

std::string with_words(const std::string& text, const std::string& words) {
  return words.empty() ? text : text + " (" + words + ")";
}

bool is_below(const std::string& url, const std::string& base) {
  const Result<Url> asked = parse_url(url);
  const Result<Url> home = parse_url(base);
  if (!asked || !home || asked->origin() != home->origin()) return false;
  const std::string folder = home->target == "/" ? "/" : home->target + "/";
  return asked->target.starts_with(folder) && asked->target.find("/../") == std::string::npos;
}

}  // namespace

bool is_download_place(const std::string& url, const std::string& base_url,
                       const std::string& web_url) {
  const Result<Url> asked = parse_url(url);
  const Result<Url> home = parse_url(base_url);
  if (!asked || !home) return false;
  if (!asked->tls && home->tls) return false;
  if (asked->host == home->host) return true;
  const Result<Url> own = parse_url(web_url.substr(0, web_url.find(' ')));
  if (own && own->host == asked->host) return true;
  return std::any_of(kDownloadHosts.begin(), kDownloadHosts.end(),
                     [&](std::string_view ending) { return asked->host.ends_with(ending); });
}

HttpRequest GraphCall::request_for(const GraphAsk& ask) const {
  HttpRequest request;
  request.url = services_.base_url + ask.path;
  if (!ask.query.empty()) request.url += "?" + graph_query_text(ask.query);
  request.headers = ask.headers;
  request.headers.set("Accept", "application/json");
  if (!ask.body.is_null()) {
    request.method = "POST";
    request.headers.set("Content-Type", "application/json");
    request.body = to_text(ask.body);
    request.repeatable = true;  // nothing here changes anything
  }
  request.limits.body_bytes_max = services_.limits.reply_bytes_max;
  return request;
}

void GraphCall::note(const HttpRequest& request, int status) {
  const Result<Url> url = parse_url(request.url);
  if (!url) return;
  audit_.push_back({{"method", request.method},
                    {"host", url->host},
                    {"path", url->target.substr(0, url->target.find('?'))},
                    {"status", status}});
}

Error GraphCall::failure(const HttpFailure& failure) const {
  Errc code = Errc::unavailable;
  if (failure.kind == HttpFailure::Kind::timeout) code = Errc::timed_out;
  if (failure.kind == HttpFailure::Kind::denied) code = Errc::denied;
  if (failure.kind == HttpFailure::Kind::too_large) code = Errc::too_large;
  return Error{code, cutter_.cut(shorten(printable(failure.message), 500))};
}

Error GraphCall::refusal(const HttpResponse& response,
                         const std::vector<std::string>& permissions) const {
  const std::string words = cutter_.cut(words_of(response));
  const int status = response.status;
  if (status == 401) {
    return Error{Errc::denied, with_words("Microsoft Graph does not take the sign-in", words) +
                                   ": " + services_.renew};
  }
  if (status == 403) {
    return Error{Errc::denied, with_words("Microsoft Graph refuses", words) +
                                   ": the sign-in needs the permission " +
                                   join(permissions, " or ") + "; " + services_.widen +
                                   "; or whoever signed in may not see this"};
  }
  if (status == 404) {
    return Error{Errc::not_found, with_words("Microsoft Graph has no such thing", words)};
  }
  if (asks_to_wait(status)) {
    const int wait = wait_asked(response);
    const std::string when = wait < 0 ? "a while" : std::to_string(wait) + " seconds";
    return Error{
        Errc::exhausted,
        with_words("Microsoft Graph is asked too much (" + std::to_string(status) + ")", words) +
            ": ask again in " + when};
  }
  return Error{status >= 500 ? Errc::unavailable : Errc::invalid,
               with_words("Microsoft Graph answers " + std::to_string(status), words)};
}

awaitable<Result<HttpResponse>> GraphCall::send(HttpRequest request,
                                                std::vector<std::string> permissions) {
  const Result<Url> home = parse_url(services_.base_url);
  if (!home) co_return home.error();
  const PermitAddress inner = services_.permit_address;
  request.permit_address = [inner, host = home->host](const std::string& name,
                                                      const asio::ip::address& address) {
    const bool own = inner && name == host;
    return own ? inner(name, address) : permit_outside(name, address);
  };
  request.headers.set("User-Agent", "yoke");
  for (int waits = 0;; ++waits) {
    HttpSinks none;
    auto sending = send_authorized(services_.client, services_.credentials, request, tenant_,
                                   deadline_, std::move(none));
    Result<AuthorizedOutcome> sent = co_await std::move(sending);
    if (!sent) co_return sent.error();
    for (const Secret& secret : sent->secrets) cutter_.add("secret", secret.reveal());
    if (const auto* failed = std::get_if<HttpFailure>(&sent->outcome)) co_return failure(*failed);
    HttpResponse response = std::move(std::get<HttpResponse>(sent->outcome));
    note(request, response.status);
    if (response.status >= 200 && response.status < 300) co_return response;
    const std::chrono::seconds wait(wait_asked(response));
    const bool may = asks_to_wait(response.status) && waits < services_.limits.waits_max &&
                     wait.count() >= 0 && wait <= services_.limits.wait_max;
    const bool in_time =
        deadline_ == kNoDeadline || LoopClock::now() + wait + kLeftForAnswer < deadline_;
    if (!may || !in_time) co_return refusal(response, permissions);
    auto sleeping = sleep_until(LoopClock::now() + wait);
    co_await std::move(sleeping);
  }
}

awaitable<Result<Json>> GraphCall::value_of(HttpRequest request,
                                            std::vector<std::string> permissions) {
  auto sending = send(std::move(request), std::move(permissions));
  const Result<HttpResponse> response = co_await std::move(sending);
  if (!response) co_return response.error();
  Result<Json> value = parse_json(response->body);
  if (!value) {
    co_return Error{Errc::unavailable,
                    "Microsoft Graph's answer is no JSON: " + value.error().message()};
  }
  co_return cutter_.cut_json(std::move(*value));
}

awaitable<Result<Json>> GraphCall::ask(GraphAsk ask) {
  auto asking = value_of(request_for(ask), ask.permissions);
  Result<Json> value = co_await std::move(asking);
  co_return value;
}

awaitable<Result<Json>> GraphCall::ask_next(std::string link, GraphAsk first) {
  if (!is_below(link, services_.base_url)) {
    co_return Error{Errc::denied, "the next page is at " + shown_url(link) +
                                      ", which is not below " + services_.base_url +
                                      ": it is not fetched"};
  }
  HttpRequest request = request_for(first);
  request.url = std::move(link);
  auto asking = value_of(std::move(request), std::move(first.permissions));
  Result<Json> value = co_await std::move(asking);
  co_return value;
}

awaitable<Result<std::string>> GraphCall::download(std::string path, std::string web_url,
                                                   std::vector<std::string> permissions) {
  GraphAsk ask;
  ask.path = std::move(path);
  HttpRequest request = request_for(ask);
  request.headers.set("Accept", "*/*");
  request.limits.body_bytes_max = services_.limits.file_bytes_max;
  request.limits.redirects_max = kDownloadRedirectsMax;
  request.permit_redirect = [base = services_.base_url,
                             web_url](const std::string& url) -> Result<void> {
    if (is_download_place(url, base, web_url)) return {};
    return Error{Errc::denied, "the file is kept at " + shown_url(url) +
                                   ", which is none of Microsoft's places for files"};
  };
  auto sending = send(std::move(request), std::move(permissions));
  Result<HttpResponse> response = co_await std::move(sending);
  if (!response) co_return response.error();
  co_return std::move(response->body);
}

}  // namespace yoke
