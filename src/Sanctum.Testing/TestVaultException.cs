namespace Sanctum.Testing;

/// <summary>What a test required is not so. Every test framework shows it as a failed test.</summary>
public sealed class TestVaultException : Exception
{
    /// <summary>Makes one.</summary>
    /// <param name="message">What was required, and what is so.</param>
    public TestVaultException(string message)
        : base(message)
    {
    }
}
