//! A TLS client hello, made byte by byte.

/// A hello of TLS 1.2.
#[derive(Clone)]
pub(crate) struct Hello {
    version: u16,
    names: Vec<Vec<u8>>,
    suites: Vec<u16>,
    extensions: Vec<(u16, Vec<u8>)>,
}

impl Default for Hello {
    fn default() -> Self {
        Self {
            version: 0x0303,
            names: vec![b"a.test".to_vec()],
            suites: vec![0xc02b, 0xc02f, 0xcca9, 0xcca8],
            extensions: vec![
                (10, vec![0, 4, 0, 29, 0, 23]),
                (11, vec![1, 0]),
                (13, vec![0, 12, 4, 3, 8, 4, 4, 1, 5, 3, 8, 5, 8, 6]),
                (0xff01, vec![0]),
            ],
        }
    }
}

impl Hello {
    pub(crate) fn name(mut self, name: &[u8]) -> Self {
        self.names = vec![name.to_vec()];
        self
    }

    pub(crate) fn second_name(mut self, name: &[u8]) -> Self {
        self.names.push(name.to_vec());
        self
    }

    pub(crate) fn without_name(mut self) -> Self {
        self.names.clear();
        self
    }

    pub(crate) fn version(mut self, version: u16) -> Self {
        self.version = version;
        self
    }

    pub(crate) fn suites(mut self, suites: &[u16]) -> Self {
        self.suites = suites.to_vec();
        self
    }

    pub(crate) fn extension(mut self, kind: u16, content: &[u8]) -> Self {
        self.extensions.push((kind, content.to_vec()));
        self
    }

    /// In records of at most `size` bytes each.
    pub(crate) fn records(&self, size: usize) -> Vec<u8> {
        let mut records = Vec::new();
        for part in self.message().chunks(size.min(1 << 14)) {
            records.extend([22, 3, 1]);
            records.extend(sized(part));
        }
        records
    }

    fn message(&self) -> Vec<u8> {
        let mut body = self.version.to_be_bytes().to_vec();
        body.extend([7; 32]);
        body.push(0);
        body.extend(sized(&self.suites.iter().flat_map(|suite| suite.to_be_bytes()).collect::<Vec<_>>()));
        body.extend([1, 0]);
        let mut extensions = Vec::new();
        let mut extend = |kind: u16, content: &[u8]| {
            extensions.extend(kind.to_be_bytes());
            extensions.extend(sized(content));
        };
        if !self.names.is_empty() {
            let list: Vec<u8> =
                self.names.iter().flat_map(|name| [&[0][..], &sized(name)].concat()).collect();
            extend(0, &sized(&list));
        }
        self.extensions.iter().for_each(|(kind, content)| extend(*kind, content));
        body.extend(sized(&extensions));
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&[1], &length[1..], &body].concat()
    }
}

/// Bytes behind their length in two bytes.
fn sized(bytes: &[u8]) -> Vec<u8> {
    [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}
