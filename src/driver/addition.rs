//! Adding to a stored number.

use super::Addition;
use crate::codec::{bare_json, enclose};
use crate::error::{Fault, Kind};
use crate::value::Value;

/// The value that `stored` becomes, and the number that it is. Drivers call this where nobody else can
/// write between the reading and the writing.
///
/// # Errors
/// `INVALID_VALUE` if what is stored is no number, `LIMIT_EXCEEDED` if the result is out of bounds or
/// beyond what a double holds.
pub fn add(stored: Option<&Value>, addition: &Addition) -> Result<(Value, f64), Fault> {
    let before = match stored {
        None => addition.initial,
        Some(value) => number_of(value).ok_or_else(|| {
            Fault::new(
                Kind::InvalidValue,
                "what is stored under the key is no number",
            )
        })?,
    };
    // A negative zero is stored as zero, so it is no result either.
    let sum = before + addition.by + 0.0;
    let bounds = addition.min..=addition.max;
    if !sum.is_finite() || !bounds.contains(&sum) {
        return Err(out_of_bounds(sum, addition));
    }
    let text = enclose(ryu_js::Buffer::new().format_finite(sum));
    Ok((Value::Text(text), sum))
}

fn out_of_bounds(sum: f64, addition: &Addition) -> Fault {
    let Addition { min, max, .. } = addition;
    let message = format!("the result {sum} is not a finite number between {min} and {max}");
    Fault::new(Kind::LimitExceeded, message)
}

fn number_of(value: &Value) -> Option<f64> {
    let Value::Text(text) = value else {
        return None;
    };
    let json = bare_json(text.as_str())
        .unwrap_or(text.as_str())
        .trim_matches(is_json_space);
    let number: f64 = is_json_number(json.as_bytes()).then(|| json.parse().ok())??;
    number.is_finite().then_some(number)
}

fn is_json_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

/// True for what JSON calls a number: Rust takes more than that for one, such as `inf` and `.5`.
fn is_json_number(text: &[u8]) -> bool {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let (whole, rest) = digits(unsigned);
    let (fraction, rest) = match rest.strip_prefix(b".") {
        Some(rest) => digits(rest),
        None => (1, rest),
    };
    let (exponent, rest) = match rest {
        [b'e' | b'E', b'+' | b'-', rest @ ..] | [b'e' | b'E', rest @ ..] => digits(rest),
        rest => (1, rest),
    };
    let leads_with_zero = whole > 1 && unsigned.first() == Some(&b'0');
    whole > 0 && !leads_with_zero && fraction > 0 && exponent > 0 && rest.is_empty()
}

/// The number of digits at the start, and what follows them.
fn digits(text: &[u8]) -> (usize, &[u8]) {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (count, text.get(count..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use proptest::prelude::*;

    fn by(by: f64) -> Addition {
        Addition {
            by,
            initial: 0.0,
            min: f64::NEG_INFINITY,
            max: f64::INFINITY,
        }
    }

    /// The stored text and the result.
    fn added(stored: Option<&str>, addition: &Addition) -> Result<(String, f64), Kind> {
        let stored = stored.map(Value::text);
        let (value, sum) = add(stored.as_ref(), addition).map_err(|fault| fault.kind)?;
        let Value::Text(text) = value else {
            return Err(Kind::Internal);
        };
        Ok((text.as_str().to_owned(), sum))
    }

    #[test]
    fn numbers_are_printed_as_javascript_prints_them() {
        let cases = [
            (Some(r#"{"json":1}"#), 1.0, "2"),
            (Some("41"), 1.0, "42"),
            (Some(" -1.5e2\n"), 0.5, "-149.5"),
            (Some("0.1"), 0.2, "0.30000000000000004"),
            (Some("1e21"), 0.0, "1e+21"),
            (Some("1E+20"), 0.0, "100000000000000000000"),
            (Some("1e-7"), 0.0, "1e-7"),
            (Some("-0"), -0.0, "0"),
            (None, -3.0, "-3"),
        ];
        for (stored, step, expected) in cases {
            let (text, _) = added(stored, &by(step)).unwrap();
            assert_eq!(text, format!("{{\"json\":{expected}}}"), "{stored:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let others = [
            "",
            "null",
            "\"1\"",
            "1 2",
            ".5",
            "5.",
            "01",
            "-",
            "1e",
            "+1",
            "inf",
            "NaN",
            "1e999",
            r#"{"json":"1"}"#,
            r#"{"json":1,"meta":{"values":["bigint"]}}"#,
        ];
        for stored in others {
            let refused = added(Some(stored), &by(1.0));
            assert_eq!(refused, Err(Kind::InvalidValue), "{stored}");
        }
        let bytes = Value::bytes(*b"1");
        assert!(add(Some(&bytes), &by(1.0)).is_err());
    }

    #[test]
    fn results_stay_in_their_bounds() {
        let bounded = Addition {
            initial: 9.0,
            min: 0.0,
            max: 10.0,
            ..by(1.0)
        };
        assert_eq!(added(None, &bounded).unwrap().1, 10.0);
        assert_eq!(added(Some("10"), &bounded), Err(Kind::LimitExceeded));
        let less = Addition {
            by: -1.0,
            ..bounded
        };
        assert_eq!(added(Some("0"), &less), Err(Kind::LimitExceeded));
        for step in [f64::MAX, f64::INFINITY, f64::NAN] {
            let refused = added(Some("1.7976931348623157e308"), &by(step));
            assert_eq!(refused, Err(Kind::LimitExceeded));
        }
    }

    proptest! {
        #[test]
        fn every_result_can_be_added_to(start in -1e300..1e300_f64, step in -1e300..1e300_f64) {
            let (first, sum) = added(None, &by(start)).unwrap();
            prop_assert_eq!(sum, start);
            let (_, again) = added(Some(&first), &by(step)).unwrap();
            prop_assert_eq!(again, start + step);
        }
    }
}
