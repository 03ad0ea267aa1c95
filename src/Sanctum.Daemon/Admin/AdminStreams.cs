using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Sanctum.Daemon.Admin;

/// <summary>The responses that can be long: they are written as they are read. What fails midway ends in an error's line, or is cut off.</summary>
internal static class AdminStreams
{
    private const int FlushEvery = 32 * 1024;

    /// <summary>One entry per line, JSON each. Where not all could be read, the last line is the error's.</summary>
    public static async Task ReadAuditAsync(HttpContext http, AdminContext context, Operator? by)
    {
        var request = await AdminRequest.ReadAsync(http, AdminJson.Default.AuditRequest).ConfigureAwait(false);
        await using var api = new VaultOperator(context.Vault, by!);
        http.Response.ContentType = "application/x-ndjson";
        var output = http.Response.BodyWriter;
        await using var json = new Utf8JsonWriter(output);
        var (unflushed, hasBegun) = (0L, false);
        try
        {
            await foreach (var entry in api.ReadAuditAsync(request, http.RequestAborted).ConfigureAwait(false))
            {
                hasBegun = true;
                unflushed += await WriteLineAsync(json, output, entry, AdminJson.Default.AuditEntryView, http.RequestAborted).ConfigureAwait(false);
                if (unflushed > FlushEvery)
                {
                    await output.FlushAsync(http.RequestAborted).ConfigureAwait(false);
                    unflushed = 0;
                }
            }
        }
        catch (OperatorException failure) when (hasBegun && failure.Code != OperatorErrors.Internal)
        {
            // The status is out, or what follows it: only a line can say why.
            await WriteLineAsync(json, output, new AdminErrorResult(AdminError.Of(failure)), AdminJson.Default.AdminErrorResult, http.RequestAborted).ConfigureAwait(false);
        }

        await output.FlushAsync(http.RequestAborted).ConfigureAwait(false);
    }

    private static async Task<long> WriteLineAsync<T>(Utf8JsonWriter json, PipeWriter output, T line, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        JsonSerializer.Serialize(json, line, type);
        await json.FlushAsync(cancellationToken).ConfigureAwait(false);
        var written = json.BytesCommitted;
        json.Reset();
        output.GetSpan(1)[0] = (byte)'\n';
        output.Advance(1);
        return written;
    }

    /// <summary>A backup of the vault, encrypted.</summary>
    public static async Task BackupAsync(HttpContext http, AdminContext context, Operator? by)
    {
        await AdminRequest.ReadAsync(http, AdminJson.Default.NoRequest).ConfigureAwait(false);
        await using var api = new VaultOperator(context.Vault, by!);
        http.Response.ContentType = "application/octet-stream";
        await api.BackupAsync(http.Response.Body, http.RequestAborted).ConfigureAwait(false);
    }
}
