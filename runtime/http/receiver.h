#pragma once

#include <optional>
#include <string>

#include "runtime/http/http.h"
#include "runtime/http/inflate.h"
#include "runtime/http/wire.h"

namespace yoke {

// Takes one response for a call: bounds it, decompresses it, gives it to the sinks or gathers it.
class Receiver final : public ResponseReceiver {
 public:
  struct Options {
    bool decompress = false;
    bool follow_redirect = false;  // a redirect is to be followed, so its body is of no interest
    bool bodiless = false;         // the answer to HEAD
  };

  Receiver(const HttpLimits& limits, const HttpSinks& sinks, Options options);

  bool is_redirect() const { return redirect_; }
  // Why the receiver wanted no more. Nothing: it has seen enough of a redirect.
  std::optional<HttpFailure> take_failure() { return std::move(failure_); }
  // The response is whole: the failure that shows only now, if any.
  std::optional<HttpFailure> finish();
  HttpResponse take() { return std::move(response_); }

 private:
  bool on_head(HttpResponseHead head) override;
  bool on_body(std::string_view bytes) override;
  bool deliver(std::string_view bytes);
  bool fail(HttpFailure::Kind kind, std::string message);
  bool fail_too_large();
  void choose_decoder(HttpHeaders& headers);

  const HttpLimits& limits_;
  const HttpSinks& sinks_;
  const Options options_;
  HttpResponse response_;
  std::optional<Inflater> inflater_;
  Inflater::Sink inflated_;
  std::optional<HttpFailure> failure_;
  std::size_t body_bytes_ = 0;
  bool streams_ = false;
  bool redirect_ = false;
};

}  // namespace yoke
