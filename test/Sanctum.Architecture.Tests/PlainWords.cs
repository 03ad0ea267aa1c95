using System.Text.RegularExpressions;

namespace Sanctum.Architecture.Tests;

/// <summary>Words and turns that are not used in messages and documents, each with what is said instead. docs/decisions/0064-plain-words.md has the rule.</summary>
internal static class PlainWords
{
    private static readonly (string Pattern, string Instead)[] _turns =
    [
        // Not the field's word for it.
        (@"\banswer(s|ed|ing)?\b", "response, respond"),
        (@"\bdemand(s|ed|ing)?\b", "require"),
        (@"\blaps(e|es|ed)\b", "expires"),
        (@"\b(is|are) spent\b|\bfinds? (it|them) spent\b", "has reached its limit"),
        (@"\b(lease|session|token|lifetime|hour|minute|call|time)s? (is|are) over\b", "has ended, has expired"),
        (@"\bgood for \w+ (seconds?|minutes?|hours?)\b|\bgood until\b", "valid for, valid until"),
        (@"\bcut short\b", "truncated"),
        (@"\bbreaks? off\b|\bbroke off\b", "ends early"),
        (@"\b(is|are) there twice\b", "is repeated"),
        (@"\bdo(es)? not open where\b", "can't be decrypted"),
        (@"\bno room left\b", "the disk is full"),
        (@"\bthe same again\b", "confirm"),
        (@"\bone's own\b|\ba server of their own\b", "private"),

        // Sealing closes a vault; what is stored is encrypted.
        (@"\bsealed (records?|heads?|audit|logs?|secrets?|backups?|texts?|entries|segments?|envelopes?)\b", "encrypted; only a vault is sealed"),
        (@"\bseals? (a|the|its|each|every) (records?|secrets?|texts?|data)\b", "encrypts; only a vault is sealed"),

        // An agent or an attacker is it; people are they.
        (@"\b(he|him|his|himself|she|her|herself)\b", "they for people, it for agents and processes"),

        // Sentences that have to be read twice.
        (@"\b(that|which) (is|are) none\b|\bthere is none of\b", "invalid, unknown"),
        (@"\bis (no|not a) \w+'s\b|\bis not this (vault|connection|program)'s\b", "belongs to another"),
        (@"\bgo(es)? without saying\b", "is the default"),
        (@"\bwhich is as often as it may be\b", "has reached its limit"),
        (@"\bmay do nothing\b", "has no permissions"),
        (@"\bleft as it (is|was)\b", "not changed"),
        (@"\bsee which there are\b|\bshows? (what|which) there (is|are)\b", "lists the commands, list them"),
        (@"\bas it should( be)?\b", "say what is wrong"),
        (@"\bthings? (that )?(happened|happens) that should not\b", "internal error"),
        (@"\bthan there is any\b", "too long"),
    ];

    private static readonly List<(Regex Expression, string Instead)> _expressions =
        [.. _turns.Select(turn => (new Regex(turn.Pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant), turn.Instead))];

    /// <summary>What is wrong with a text, or nothing.</summary>
    public static IEnumerable<string> Flaws(Prose prose) =>
        from turn in _expressions
        let found = turn.Expression.Match(prose.Text)
        where found.Success
        select $"{prose.File}({prose.Line}): \"{found.Value}\": {turn.Instead}";
}
