#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace yoke {

// Numbers over time, told in Prometheus' text form (0.0.4).
//
// Limits: kMetricSeriesMax series of a family; what comes beyond is counted under "other".
class Metrics {
 public:
  enum class Kind : std::uint8_t { counter, gauge, histogram };
  struct Family {
    Kind kind = Kind::counter;
    std::string name;  // with its unit at the end: "yoke_model_cost_usd_total"
    std::string help;
    std::vector<std::string> labels = {};
    std::vector<double> buckets = {};  // of a histogram: upper bounds, rising
  };
  using Id = std::size_t;
  using Values = std::vector<std::string>;  // of the labels, in their order

  Id declare(Family family);
  void add(Id family, const Values& values, double by = 1);
  void set(Id family, const Values& values, double value);
  void observe(Id family, const Values& values, double value);
  void clear(Id family);  // of a gauge: what is not set again is gone

  std::string text() const;

 private:
  struct Series {
    double value = 0;  // of a histogram: the sum
    std::uint64_t count = 0;
    std::vector<std::uint64_t> buckets = {};
  };
  struct Known {
    Family family;
    std::map<Values, Series> series;
  };
  Series& series_of(Id family, const Values& values);

  std::vector<Known> families_;
};

inline constexpr std::size_t kMetricSeriesMax = 300;

}  // namespace yoke
