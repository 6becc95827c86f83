//! The E-model, ITU-T G.107: what a connection's faults would cost somebody who talks over it.
//!
//! Advice and nothing else: a call in which nobody hears anybody rates as well as one in which everybody does.
//! The full calculation of the Recommendation is here, so that its default values give its own 93.2.

/// What a connection is like. The default is the Recommendation's own (§7.7), a perfect one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Connection {
    /// Loudness from mouth to line and from line to ear (SLR, RLR), in dB.
    pub send_loudness: f64,
    pub receive_loudness: f64,
    /// How faint somebody hears themselves (STMR), in dB; and the ear's D-values (Ds, Dr).
    pub sidetone: f64,
    pub send_d: f64,
    pub receive_d: f64,
    /// How faint the talker's echo is (TELR), and the listener's (WEPL), in dB.
    pub talker_echo: f64,
    pub listener_echo: f64,
    /// One way with echo (T), there and back for the listener's (Tr), one way without echo (Ta); in ms.
    pub echo_delay: f64,
    pub round_trip: f64,
    pub delay: f64,
    /// Quantising distortion units (qdu).
    pub quantising: f64,
    /// The codec: Ie and Bpl of ITU-T G.113.
    pub codec: Codec,
    /// Lost, in percent (Ppl), and in what bursts (BurstR).
    pub lost: f64,
    pub bursts: f64,
    /// On the line in dBm0p (Nc), in the handset in dBmp (Nfor), in the rooms of both in dB(A) (Ps, Pr).
    pub circuit_noise: f64,
    pub noise_floor: f64,
    pub send_room: f64,
    pub receive_room: f64,
    /// What somebody puts up with for an advantage (A).
    pub advantage: f64,
}

/// How much a codec spoils, and how well it stands losses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Codec {
    pub impairment: f64,
    pub robustness: f64,
}

impl Codec {
    /// G.711 with gaps filled in (G.113 Table I.4).
    pub const G711: Codec = Codec { impairment: 0.0, robustness: 25.1 };
    /// G.711 that plays silence for what is lost.
    pub const G711_BARE: Codec = Codec { impairment: 0.0, robustness: 4.3 };
}

impl Default for Connection {
    fn default() -> Connection {
        Connection {
            send_loudness: 8.0,
            receive_loudness: 2.0,
            sidetone: 15.0,
            send_d: 3.0,
            receive_d: 3.0,
            talker_echo: 65.0,
            listener_echo: 110.0,
            echo_delay: 0.0,
            round_trip: 0.0,
            delay: 0.0,
            quantising: 1.0,
            codec: Codec::G711,
            lost: 0.0,
            bursts: 1.0,
            circuit_noise: -70.0,
            noise_floor: -64.0,
            send_room: 35.0,
            receive_room: 35.0,
            advantage: 0.0,
        }
    }
}

impl Connection {
    /// One that is perfect but for what a call can measure: delay from mouth to ear in ms, loss in percent as it was
    /// played, and BurstR.
    #[must_use]
    pub fn measured(delay: f64, lost: f64, bursts: f64) -> Connection {
        let within = |value: f64, least: f64, most: f64| if value.is_nan() { least } else { value.clamp(least, most) };
        let (lost, bursts) = (within(lost, 0.0, 100.0), within(bursts, 1.0, 1_000.0));
        let delay = within(delay, 0.0, 10_000.0);
        Connection { echo_delay: delay, round_trip: 2.0 * delay, delay, lost, bursts, ..Connection::default() }
    }

    /// R (§7.1), between 0 and 100.
    #[must_use]
    pub fn rating(&self) -> f64 {
        let rating = self.signal_to_noise() - self.at_once() - self.delayed() - self.equipment() + self.advantage;
        rating.clamp(0.0, 100.0)
    }

    /// No (§7.2): all noise, as if on the line, in dBm0p.
    fn noise(&self) -> f64 {
        let overall = self.overall_loudness();
        let room = self.send_room - self.send_loudness - self.send_d - 100.0
            + 0.004 * (self.send_room - overall - self.send_d - 14.0).powi(2);
        let listener_sidetone = self.sidetone + self.receive_d;
        let heard_room = self.receive_room + 10.0 * (1.0 + power((10.0 - listener_sidetone) / 10.0)).log10();
        let receive = self.receive_loudness - 121.0 + heard_room + 0.008 * (heard_room - 35.0).powi(2);
        let floor = self.noise_floor + self.receive_loudness;
        10.0 * [self.circuit_noise, room, receive, floor].map(|part| power(part / 10.0)).iter().sum::<f64>().log10()
    }

    fn overall_loudness(&self) -> f64 {
        self.send_loudness + self.receive_loudness
    }

    /// Ro (§7.2).
    fn signal_to_noise(&self) -> f64 {
        15.0 - 1.5 * (self.send_loudness + self.noise())
    }

    /// Is (§7.3): what spoils speech while it is spoken.
    fn at_once(&self) -> f64 {
        let too_loud = (self.overall_loudness() + 0.2 * (64.0 + self.noise() - self.receive_loudness)) / 8.0;
        let loudness = 20.0 * ((1.0 + too_loud.powi(8)).powf(1.0 / 8.0) - too_loud);
        let q = 37.0 - 15.0 * self.quantising.log10();
        let g = 1.07 + 0.258 * q + 0.0602 * q * q;
        let y = (self.signal_to_noise() - 100.0) / 15.0 + 46.0 / 8.4 - g / 9.0;
        let z = 46.0 / 30.0 - g / 40.0;
        let quantised = 15.0 * (1.0 + power(y) + power(z)).log10();
        loudness + self.own_voice() + quantised
    }

    /// Ist (§7.3): sidetone that is not as it should be.
    fn own_voice(&self) -> f64 {
        let with_echo = -10.0
            * (power(-self.sidetone / 10.0) + (-self.echo_delay / 4.0).exp() * power(-self.talker_echo / 10.0)).log10();
        let bowl = |middle: f64, width: f64, order: i32| {
            (1.0 + ((with_echo - middle) / width).powi(order)).max(0.0).powf(1.0 / f64::from(order))
        };
        12.0 * bowl(13.0, 6.0, 8) - 28.0 * bowl(-1.0, 19.4, 35) - 13.0 * bowl(3.0, 33.0, 13) + 29.0
    }

    /// Id (§7.4): what comes of delay.
    fn delayed(&self) -> f64 {
        self.talker() + self.listener() + self.waiting()
    }

    /// Idte: the talker hears an echo.
    fn talker(&self) -> f64 {
        if self.echo_delay < 1.0 {
            return 0.0;
        }
        let time = self.echo_delay;
        let mut loudness = self.talker_echo - 40.0 * ((1.0 + time / 10.0) / (1.0 + time / 150.0)).log10()
            + 6.0 * (-0.3 * time * time).exp();
        if self.sidetone < 9.0 {
            loudness += self.own_voice() / 2.0;
        }
        let without = -1.5 * (self.noise() - self.receive_loudness);
        let with = 80.0 + 2.5 * (loudness - 14.0);
        let half = (without - with) / 2.0;
        let echo = (half + (half * half + 100.0).sqrt() - 1.0) * (1.0 - (-time).exp());
        if self.sidetone > 20.0 { echo.hypot(self.own_voice()) } else { echo }
    }

    /// Idle: the listener hears an echo.
    fn listener(&self) -> f64 {
        let with = 10.5 * (self.listener_echo + 7.0) * (self.round_trip + 1.0).powf(-0.25);
        let half = (self.signal_to_noise() - with) / 2.0;
        half + (half * half + 169.0).sqrt()
    }

    /// Idd: both wait for each other.
    fn waiting(&self) -> f64 {
        if self.delay <= 100.0 {
            return 0.0;
        }
        let x = (self.delay / 100.0).log2();
        let root = |x: f64| (1.0 + x.powi(6)).powf(1.0 / 6.0);
        25.0 * (root(x) - 3.0 * root(x / 3.0) + 2.0)
    }

    /// Ie,eff (§7.5): the codec, and what is lost.
    fn equipment(&self) -> f64 {
        let Codec { impairment, robustness } = self.codec;
        impairment + (95.0 - impairment) * self.lost / (self.lost / self.bursts + robustness)
    }
}

fn power(exponent: f64) -> f64 {
    10.0_f64.powf(exponent)
}

/// The mean opinion (MOS-CQE) that goes with a rating (Annex B), between 1 and 4.5.
#[must_use]
pub fn mos(rating: f64) -> f64 {
    match rating {
        rating if rating <= 0.0 => 1.0,
        rating if rating >= 100.0 => 4.5,
        // Annex B dips a little below 1 for ratings under 6.5.
        rating => (1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6).max(1.0),
    }
}
