namespace Sanctum.Egress.Scrubbing;

/// <summary>What may stand between two elements of a <see cref="Form"/> and means nothing.</summary>
internal enum Breaks
{
    /// <summary>Nothing but escaped line breaks that stand for nothing, which all forms may have.</summary>
    None,

    /// <summary>Nothing, and no element is escaped. So a form that is part of another costs no more than the text is long.</summary>
    Raw,

    /// <summary>Line breaks, anywhere.</summary>
    Lines,

    /// <summary>What separates the bytes of a dump or the numbers of a list.</summary>
    List,
}
