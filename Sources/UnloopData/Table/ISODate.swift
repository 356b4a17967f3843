/// A date of ISO 8601, with or without a time, as a number of days since the beginning of 1970.
enum ISODate {
    /// `2024-02-29`, `2024-02-29T18:30`, `2024-02-29 18:30:05.25Z`, `2024-02-29T18:30:05+01:00`: the extended format (ISO 8601-1:2019, 5.2
    /// and 5.3), a space in place of the T as in SQL. A time without a zone counts as UTC.
    ///
    /// - Returns: days (years from 1 on), times as fractions of a day; nil for a text that is no such date, or one that no calendar has.
    static func days(_ text: String) -> Double? {
        var rest = Array(text.utf8)[...]
        guard let year = number(&rest, digits: 4), take(&rest, "-"), let month = number(&rest, digits: 2),
            take(&rest, "-"), let day = number(&rest, digits: 2), year > 0, (1...12).contains(month), day >= 1,
            day <= dayCount(month: month, year: year)
        else { return nil }
        let days = Double(daysSince1970(year: year, month: month, day: day))
        if rest.isEmpty { return days }
        guard take(&rest, "T") || take(&rest, " "), let seconds = secondsOfDay(&rest), rest.isEmpty else { return nil }
        return days + seconds / 86_400
    }

    private static func secondsOfDay(_ rest: inout ArraySlice<UInt8>) -> Double? {
        guard let hour = number(&rest, digits: 2), take(&rest, ":"), let minute = number(&rest, digits: 2), hour < 24,
            minute < 60
        else { return nil }
        var seconds = Double(60 * (60 * hour + minute))
        if take(&rest, ":") {
            guard let second = number(&rest, digits: 2), second < 60 else { return nil }
            seconds += Double(second)
            if take(&rest, ".") {
                let digits = rest.prefix { (0x30...0x39).contains($0) }
                guard (1...9).contains(digits.count), let fraction = number(&rest, digits: digits.count) else {
                    return nil
                }
                seconds += Double(fraction) / (0..<digits.count).reduce(1) { power, _ in power * 10 }
            }
        }
        if rest.isEmpty || take(&rest, "Z") { return seconds }
        let isEast = take(&rest, "+")
        guard isEast || take(&rest, "-"), let hour = number(&rest, digits: 2), take(&rest, ":"),
            let minute = number(&rest, digits: 2), hour < 24, minute < 60
        else { return nil }
        let offset = Double(60 * (60 * hour + minute))
        return isEast ? seconds - offset : seconds + offset
    }

    private static func take(_ rest: inout ArraySlice<UInt8>, _ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private static func number(_ rest: inout ArraySlice<UInt8>, digits: Int) -> Int? {
        let start = rest.prefix(digits)
        guard start.count == digits, start.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        rest.removeFirst(digits)
        return start.reduce(0) { 10 * $0 + Int($1 - 0x30) }
    }

    private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func dayCount(month: Int, year: Int) -> Int {
        month == 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// In the Gregorian calendar, also before it was introduced.
    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        // Before a year lie its predecessors, with a leap day every fourth, not every hundredth, but every four hundredth of them.
        func daysBefore(_ year: Int) -> Int {
            let past = year - 1
            return 365 * past + past / 4 - past / 100 + past / 400
        }
        let months = (1..<month).reduce(0) { $0 + dayCount(month: $1, year: year) }
        return daysBefore(year) - daysBefore(1970) + months + day - 1
    }
}
