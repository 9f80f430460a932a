#include "runtime/http/http.h"

namespace yoke {

std::string_view name_of(HttpFailure::Kind kind) {
  switch (kind) {
    case HttpFailure::Kind::bad_request:
      return "bad_request";
    case HttpFailure::Kind::resolve:
      return "resolve";
    case HttpFailure::Kind::connect:
      return "connect";
    case HttpFailure::Kind::tls:
      return "tls";
    case HttpFailure::Kind::timeout:
      return "timeout";
    case HttpFailure::Kind::cut:
      return "cut";
    case HttpFailure::Kind::too_large:
      return "too_large";
    case HttpFailure::Kind::bad_response:
      return "bad_response";
    case HttpFailure::Kind::denied:
      return "denied";
    case HttpFailure::Kind::stopped:
      return "stopped";
  }
  return "unknown";
}

}  // namespace yoke
