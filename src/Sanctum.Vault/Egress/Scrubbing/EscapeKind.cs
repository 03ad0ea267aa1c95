namespace Sanctum.Egress.Scrubbing;

/// <summary>Which encoder writes an escape. One that a whole text may have been through after another has a kind of its own.</summary>
internal enum EscapeKind
{
    /// <summary>CSS, C and others that are not looked for around another escape.</summary>
    Other,

    /// <summary>URLs and forms.</summary>
    Percent,

    /// <summary>JSON and JavaScript.</summary>
    Backslash,

    /// <summary>HTML and XML.</summary>
    Entity,

    /// <summary>Quoted-printable.</summary>
    Quoted,
}
