using System.Runtime.InteropServices;
using Sanctum.Crypto;

namespace Sanctum.Egress.Scrubbing;

/// <summary>
/// Says whether a text ends with a long form, each byte being itself, in time that is the text's however often it is asked: a form that repeats itself may
/// seem to end at every byte. Goes on from where it was last asked (Knuth, Morris and Pratt, "Fast pattern matching in strings", 1977).
/// </summary>
internal sealed class PlainSearch : IDisposable
{
    private readonly Form _form;

    // For each number of matched elements how many are matched still if the next is wrong: secret, as it is what the form repeats.
    private readonly SecretBytes _fallback;
    private int _matched;
    private long _at = long.MinValue;

    public PlainSearch(Form form)
    {
        _form = form;
        _fallback = new SecretBytes((form.Inner.Length + 1) * sizeof(int));
        var inner = form.Inner;
        var fallback = MemoryMarshal.Cast<byte, int>(_fallback.Writable);
        for (var (i, matched) = (1, 0); i < inner.Length; i++)
        {
            while (matched > 0 && inner[matched] != inner[i])
            {
                matched = fallback[matched];
            }

            matched += inner[matched] == inner[i] ? 1 : 0;
            fallback[i + 1] = matched;
        }
    }

    /// <summary>Whether the text ends with the form.</summary>
    /// <param name="text">The text.</param>
    /// <param name="origin">Where in the stream it begins.</param>
    public bool IsEndOf(ReadOnlySpan<byte> text, long origin)
    {
        if (text.Length < _form.Length)
        {
            return false;
        }

        // The last element is not among those that are compared here.
        var end = text.Length - 1;
        var inner = _form.Inner;
        var from = end - inner.Length;
        if (_at - origin >= from && _at - origin <= end)
        {
            from = (int)(_at - origin);
        }
        else
        {
            _matched = 0;
        }

        var fallback = MemoryMarshal.Cast<byte, int>(_fallback.Span);
        foreach (var value in text[from..end])
        {
            var folded = _form.Fold(value);
            while (_matched > 0 && (_matched == inner.Length || inner[_matched] != folded))
            {
                _matched = fallback[_matched];
            }

            _matched += inner[_matched] == folded ? 1 : 0;
        }

        _at = origin + end;
        return _matched == inner.Length && _form.HasEdgesAtEndOf(text);
    }

    public void Dispose() => _fallback.Dispose();
}
