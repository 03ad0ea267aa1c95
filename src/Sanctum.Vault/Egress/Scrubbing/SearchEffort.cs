namespace Sanctum.Egress.Scrubbing;

/// <summary>
/// What a search may cost beyond going over the text once. Only a secret that repeats itself hundreds of times, in a text that spells it in escapes all along,
/// comes near to it.
/// </summary>
internal sealed class SearchEffort
{
    private const long AtFirst = 1 << 26;
    private const int EachByte = 64;

    private long _left = AtFirst;

    /// <summary>A longer text may cost more.</summary>
    public void Earn(int bytes) => _left += (long)bytes * EachByte;

    /// <exception cref="VaultException">It costs too much; upstream failed.</exception>
    public void Spend(int steps)
    {
        _left -= steps;
        if (_left < 0)
        {
            throw Errors.NotSearchable();
        }
    }
}
