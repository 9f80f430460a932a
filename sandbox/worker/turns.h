#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace yoke::sandbox {

// Whose turn it is to compute. Calls of one group (one run) share the group's turns; a call that
// has used up a slice waits behind those that have not, but for every fifth turn. So a short call
// waits for no long one, and nobody gets more by making more calls.
class Turns {
 public:
  void push(std::uint32_t call, const std::string& group, bool has_used_a_slice);
  std::optional<std::uint32_t> pop();
  void remove(std::uint32_t call);
  bool empty() const { return brief_.empty() && lasting_.empty(); }

 private:
  class Ring {
   public:
    void push(std::uint32_t call, const std::string& group);
    std::uint32_t pop();
    void remove(std::uint32_t call);
    bool empty() const { return order_.empty(); }

   private:
    std::map<std::string, std::deque<std::uint32_t>> waiting_;  // none is empty
    std::deque<std::string> order_;                             // of the groups in waiting_
  };

  Ring brief_;
  Ring lasting_;
  int brief_in_a_row_ = 0;
};

}  // namespace yoke::sandbox
