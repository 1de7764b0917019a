"""Parameters of other programs in the same address. They have no meaning for a server and are ignored."""

from __future__ import annotations

_BY_PROGRAM = {
    "Node's pg": """uselibpqcompat max min idleTimeoutMillis connectionTimeoutMillis statement_timeout query_timeout
        lock_timeout idle_in_transaction_session_timeout keepAlive keepAliveInitialDelayMillis binary allowExitOnIdle
        parseInputDatesAsUTC""",
    "postgres.js": "idle_timeout max_lifetime max_pipeline prepare fetch_types publications",
    "Prisma": """connection_limit pool_timeout schema sslaccept sslidentity statement_cache_size socket_timeout
        single_use_connections max_connection_lifetime max_idle_connection_lifetime""",
    "PgBouncer and Supabase": "pgbouncer supa workaround pool_mode",
    "SQLAlchemy": """pool_size max_overflow pool_recycle pool_pre_ping pool_use_lifo async_fallback executemany_mode
        prepared_statement_cache_size server_side_cursors use_native_hstore""",
    "JDBC": """currentSchema prepareThreshold preparedStatementCacheQueries preparedStatementCacheSizeMiB loginTimeout
        connectTimeout socketTimeout cancelSignalTimeout tcpKeepAlive tcpNoDelay reWriteBatchedInserts stringtype
        defaultRowFetchSize binaryTransfer binaryTransferEnable binaryTransferDisable sslfactory sslhostnameverifier
        autosave cleanupSavepoints readOnly assumeMinServerVersion hostRecheckSeconds adaptiveFetch escapeSyntaxCallMode
        logUnclosedConnections preferQueryMode unknownLength disableColumnSanitiser allowEncodingChanges quoteReturningIdentifiers
        reformatBatchedInserts maxResultBuffer logServerErrorDetail""",
    "Rails": """adapter pool reaping_frequency checkout_timeout prepared_statements advisory_locks schema_search_path
        min_messages statement_limit migrations_paths timeout""",
    "Django": """conn_max_age conn_health_checks ssl_require disable_server_side_cursors atomic_requests test_name engine""",
    "Go": """pool_max_conns pool_min_conns pool_min_idle_conns pool_max_conn_lifetime pool_max_conn_idle_time
        pool_health_check_period pool_max_conn_lifetime_jitter default_query_exec_mode statement_cache_capacity
        statement_cache_mode description_cache_capacity prefer_simple_protocol binary_parameters
        disable_prepared_binary_result""",
    "sqlx": "statement-cache-capacity",
    "Npgsql": "pooling",
    "TablePlus": """statusColor env name tLSMode usePrivateKey safeModeLevel advancedSafeModeLevel driverVersion lazyload
        enviroment environment""",
    "old versions of libpq": "tty authtype",
}

FOREIGN = {name: program for program, names in _BY_PROGRAM.items() for name in names.split()}
