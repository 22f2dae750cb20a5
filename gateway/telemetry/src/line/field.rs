//! The fields of a line, in the order in which JSON has them.

macro_rules! fields {
    ($($name:ident = $text:literal,)*) => {
        /// A field of a line.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Field {
            $($name,)*
        }

        impl Field {
            /// All there are.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name that is written.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

fields! {
    ClientAddr = "ClientAddr",
    ClientHost = "ClientHost",
    ClientPort = "ClientPort",
    ClientUsername = "ClientUsername",
    DownstreamContentSize = "DownstreamContentSize",
    DownstreamStatus = "DownstreamStatus",
    Duration = "Duration",
    GzipRatio = "GzipRatio",
    OriginContentSize = "OriginContentSize",
    OriginDuration = "OriginDuration",
    OriginStatus = "OriginStatus",
    Overhead = "Overhead",
    RequestAddr = "RequestAddr",
    RequestContentSize = "RequestContentSize",
    RequestCount = "RequestCount",
    RequestHost = "RequestHost",
    RequestMethod = "RequestMethod",
    RequestPath = "RequestPath",
    RequestPort = "RequestPort",
    RequestProtocol = "RequestProtocol",
    RequestScheme = "RequestScheme",
    RetryAttempts = "RetryAttempts",
    RouterName = "RouterName",
    ServiceAddr = "ServiceAddr",
    ServiceName = "ServiceName",
    ServiceUrl = "ServiceURL",
    SpanId = "SpanId",
    StartLocal = "StartLocal",
    StartUtc = "StartUTC",
    TlsCipher = "TLSCipher",
    TlsClientSubject = "TLSClientSubject",
    TlsVersion = "TLSVersion",
    TraceId = "TraceId",
    EntryPointName = "entryPointName",
    Span = "span_id",
    Trace = "trace_id",
}

impl Field {
    /// The field of this name, in any case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.name().eq_ignore_ascii_case(name))
    }

    /// Whether it is a number.
    pub(crate) const fn is_number(self) -> bool {
        matches!(
            self,
            Self::DownstreamContentSize
                | Self::DownstreamStatus
                | Self::GzipRatio
                | Self::OriginContentSize
                | Self::OriginStatus
                | Self::RequestContentSize
                | Self::RequestCount
                | Self::RetryAttempts
        ) || self.is_duration()
    }

    /// Whether it is one of nanoseconds.
    pub(crate) const fn is_duration(self) -> bool {
        matches!(self, Self::Duration | Self::OriginDuration | Self::Overhead)
    }

    /// Whether it is a point in time.
    pub(crate) const fn is_moment(self) -> bool {
        matches!(self, Self::StartLocal | Self::StartUtc)
    }

    /// Its place in a set.
    pub(crate) const fn bit(self) -> u64 {
        1 << self as u32
    }
}
