#include "runtime/base/result.h"

#include "runtime/base/ensure.h"

namespace yoke {

std::string_view name_of(Errc code) {
  switch (code) {
    case Errc::invalid:
      return "invalid";
    case Errc::not_found:
      return "not_found";
    case Errc::conflict:
      return "conflict";
    case Errc::denied:
      return "denied";
    case Errc::too_large:
      return "too_large";
    case Errc::unsupported:
      return "unsupported";
    case Errc::unavailable:
      return "unavailable";
    case Errc::timed_out:
      return "timed_out";
    case Errc::cancelled:
      return "cancelled";
    case Errc::fenced:
      return "fenced";
    case Errc::exhausted:
      return "exhausted";
  }
  ENSURE(!"an error code without a name");
  return "";
}

std::string Error::message() const { return place.empty() ? detail : place + ": " + detail; }

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  static_cast<void>(where);  // the message is for the user, who is not helped by our line
  throw Fault(error.message());
}

}  // namespace yoke
