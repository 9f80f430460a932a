#pragma once

#include <string>
#include <vector>

#include "runtime/ports/model.h"

namespace yoke {

// The request with the beginning of its answer, to be written on.
ModelRequest continuing_request(const ModelRequest& request, std::string beginning);

// Joins what a model writes on to what was there before. Some servers repeat the beginning that
// they were given: that is taken off again. Pure.
class Continuation {
 public:
  Continuation(std::string text, std::string reasoning)
      : text_(std::move(text)), reasoning_(std::move(reasoning)) {}

  // What is to be shown of a piece: text is held back as long as it may be the beginning repeated.
  std::vector<Delta> take(const Delta& delta);
  // The message with the beginning in front; its opaque parts are of an answer that is no more.
  void join(Message& message) const;

 private:
  const std::string text_;
  const std::string reasoning_;
  std::string held_;
  bool parted_ = false;  // what comes is new
};

}  // namespace yoke
