using System.Buffers;
using Sanctum.Egress;
using Sanctum.Mcp.Wrapping;

namespace Sanctum.Cli.Mcp.Wrapping;

/// <summary>The vault's search for secrets, for what a wrapped server sends.</summary>
internal sealed class SecretFilter(SecretRedactor redactor) : ISecretFilter, IDisposable
{
    public int Replace(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        try
        {
            return redactor.Replace(text, output);
        }
        catch (VaultException unsearchable)
        {
            throw new SecretFilterException(unsearchable.Message, unsearchable);
        }
    }

    public void Dispose() => redactor.Dispose();
}
