"""What every number of synchrony is defined by, and where the definition comes from: one table, by id."""

from dyad.eval.turn_taking.definitions import Definition

SYNCHRONY_DEFINITIONS: dict[str, Definition] = {
    "windowed_profile": Definition(
        text="Correlation of A in a window with B in the same window moved by a lag (positive: B follows A); Fisher's z averaged over the "
        "windows at each lag; the highest of that profile as a correlation, and its lag. Windows in which one side is still count as 0.",
        source="Boker et al. 2002 (windows, lags); dyad (profile)",
    ),
    "windowed_peaks": Definition(
        text="The same correlations; in each window its peak (the local maximum nearest to lag 0, or the highest, see pick); Fisher's z "
        "of the peaks averaged, as a correlation; median lag of the peaks and share of those with B following.",
        source="Boker et al. 2002",
    ),
    "wavelet_coherence": Definition(
        text="Squared wavelet coherence (Morlet, ω₀ = 6), smoothed by a Gaussian of one scale in time and over 0.6 octaves of scale, mean "
        "over the band outside the edges; phase of the summed cross spectrum (positive: B follows A).",
        source="Torrence & Webster 1999; bands: Fujiwara & Daibo (below 0.5 Hz), Hale 2020 (0.2 to 1.1 Hz)",
    ),
    "granger": Definition(
        text="ln of residual variance from the own past over that from both pasts; order of lowest BIC. Half of it is the transfer entropy "
        "of Gaussian signals in nats.",
        source="Granger 1969; Barnett et al. 2009",
    ),
    "circular_shift": Definition(
        text="The same figure with B turned round the circle of the recording by random times: keeps what each is alone, breaks their "
        "common time. Who speaks when is broken with it, so turn-taking itself counts as synchrony (or, where one moves while the other "
        "rests, against it).",
        source="Moulder et al. 2018 (surrogates); Phipson & Smyth 2010 (p-value)",
    ),
    "pseudo_dyads": Definition(
        text="The same figure of A with the B, and of B with the A, of other conversations, as long as the shorter recording.",
        source="Bernieri & Rosenthal 1991; Moulder et al. 2018",
    ),
}
