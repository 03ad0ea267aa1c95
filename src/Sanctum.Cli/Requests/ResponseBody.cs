using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Requests;

/// <summary>Passes a response's body on as it comes.</summary>
internal static class ResponseBody
{
    private const int PieceSize = 64 * 1024;

    /// <param name="response">The response.</param>
    /// <param name="destination">Where to. Each piece is written before the next is read.</param>
    /// <param name="most">How many bytes are taken; null for any number.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CliException">The body ended early, or is too long.</exception>
    public static async Task CopyAsync(HttpResponseMessage response, Stream destination, int? most, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var (piece, total) = (new byte[PieceSize], 0L);
        while (await ReadAsync(body, piece, total, cancellationToken).ConfigureAwait(false) is > 0 and var count)
        {
            total += count;
            if (total > most)
            {
                throw CliErrors.LongDocument(most.Value);
            }

            await destination.WriteAsync(piece.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            await destination.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // Told apart from a destination that can't be written.
    private static async ValueTask<int> ReadAsync(Stream body, byte[] piece, long before, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(piece, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            throw CliErrors.ResponseBroken(before, broken);
        }
    }
}
