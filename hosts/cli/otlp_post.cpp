#include "hosts/cli/otlp_post.h"

#include "hosts/app/version.h"
#include "hosts/hook/telemetry/settings.h"
#include "runtime/base/text.h"
#include "runtime/http/client.h"

namespace yoke {
namespace {

constexpr std::chrono::seconds kPatience{30};
constexpr std::size_t kAnswerShown = 200;

// A collector that took a part says so with status 200.
Result<void> taken(const HttpResponse& response, const std::string& url) {
  const std::string said = shorten(printable(std::string(trim(response.body))), kAnswerShown);
  if (response.status < 200 || response.status >= 300) {
    return Error{Errc::unavailable,
                 "the collector answered " + std::to_string(response.status) +
                     (said.empty() ? "" : ": " + said) +
                     (response.status == 404 ? "; its traces are usually at /v1/traces" : ""),
                 url};
  }
  const Result<Json> body = parse_json(response.body);
  if (!body) return {};
  const Json& partial = member_at(*body, "partialSuccess");
  const Json& rejected = member_at(partial, "rejectedSpans");
  const std::string count = rejected.is_string() ? rejected.get<std::string>() : to_text(rejected);
  if (rejected.is_null() || count == "0") return {};
  return Error{Errc::unavailable,
               "the collector refused " + printable(count) +
                   " of the spans: " + printable(string_at(partial, "errorMessage", "no reason")),
               url};
}

}  // namespace

bool is_collector(const std::string& to) {
  return to.starts_with("http://") || to.starts_with("https://");
}

awaitable<Result<void>> post_spans(Config config, std::string url, std::string body) {
  const Result<TelemetrySettings> settings = telemetry_settings(config, YOKE_VERSION);
  if (!settings) co_return settings.error();
  HttpRequest request;
  request.method = "POST";
  request.url = url;
  if (settings->otlp.url == url) request.headers = settings->otlp.headers;
  request.headers.set("Content-Type", "application/json");
  request.body = std::move(body);
  const auto executor = co_await asio::this_coro::executor;
  HttpClient client(executor);
  const HttpOutcome outcome =
      co_await client.send(std::move(request), LoopClock::now() + kPatience);
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) {
    co_return Error{Errc::unavailable, "the collector did not take it: " + failure->message, url};
  }
  co_return taken(std::get<HttpResponse>(outcome), url);
}

}  // namespace yoke
