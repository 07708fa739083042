-- a copy of the database for tests: nothing leaves, what is queued stays
UPDATE ir_cron
   SET active = false
 WHERE id IN (SELECT res_id FROM ir_model_data
               WHERE model = 'ir.cron' AND module = 'recouv_lib');

-- refuses every execution of a run, with a message, until someone deletes it
INSERT INTO ir_config_parameter (key, value)
VALUES ('recouv.neutralized', 'true')
    ON CONFLICT (key) DO
       UPDATE SET value = 'true';

-- no letter reaches a real postal provider
UPDATE recouv_postal_provider
   SET active = false,
       token = NULL;
